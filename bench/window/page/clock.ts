/**
 * Runs in the page before the page's own scripts and looks at what a person sees, in frames in which something has changed: to
 * look in every frame would make frames that nobody else wants. It reads the document alone: nothing in the interface knows of it. The driver puts it into the page as text, so it may import types only.
 */
import type { Arrival, Frame, PageClock } from '../clock.ts';

declare global {
  var benchClock: PageClock;
}

/** Boxes of pictures; controls of the component library have states of other names. */
const BOX = ':is([data-state=waiting], [data-state=shown], [data-state=failed])';

const PATIENCE_MS = 10_000;

type State = 'nothing' | 'rows' | 'whole';

interface Sight {
  readonly state: State;
  /** Tells one list from another: how many photos it has, and the first one in sight. */
  readonly list: string;
}

/** Calls with the time at which the frame that is being prepared was handed over. */
function afterPaint(then: (at: number) => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    then(performance.now());
  };
  port2.postMessage(null);
}

function eachFrame(look: () => boolean): void {
  const frame = (): void => {
    if (look()) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Looks in every frame that follows a change of the document, a picture's arrival or a movement, until it is told to stop. */
function eachChange(look: () => boolean): void {
  let waiting = false;
  const check = (): void => {
    waiting = false;
    if (look()) return;
    observer.disconnect();
    for (const event of ['load', 'scroll']) document.removeEventListener(event, note, { capture: true });
  };
  const note = (): void => {
    if (!waiting) requestAnimationFrame(check);
    waiting = true;
  };
  const observer = new MutationObserver(note);
  observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  for (const event of ['load', 'scroll']) document.addEventListener(event, note, { capture: true });
  note();
}

function grid(): HTMLElement | null {
  return document.querySelector<HTMLElement>('[role=grid][aria-label=Photos]');
}

function isDecoded(box: Element): boolean {
  const image = box.querySelector('img');
  return box.getAttribute('data-state') === 'shown' && image !== null && image.complete && image.naturalWidth > 0;
}

function sight(): Sight {
  const scroller = grid();
  if (scroller === null) return { state: 'nothing', list: '' };
  const edge = scroller.getBoundingClientRect();
  const lines = [...scroller.querySelectorAll<HTMLElement>('[role=row]')]
    .map((line) => ({ line, box: line.getBoundingClientRect(), number: Number(line.ariaRowIndex) }))
    .filter(({ box }) => box.bottom > edge.top && box.top < edge.bottom)
    .sort((a, b) => a.number - b.number);
  const [first, last] = [lines[0], lines.at(-1)];
  const total = document.querySelector('[data-testid=total]')?.textContent ?? '';
  if (first === undefined || last === undefined) return { state: 'nothing', list: total };
  const name = first.line.querySelector('[role=gridcell]')?.ariaLabel ?? '';
  const list = `${total} ${name}`;
  // Between two lines lies a gap, before the first and behind the last one a margin.
  const slack = 20;
  const covered =
    (first.number === 1 || first.box.top <= edge.top + slack) &&
    (last.number === Number(scroller.ariaRowCount) || last.box.bottom >= edge.bottom - slack);
  const cells = lines.flatMap(({ line }) => [...line.querySelectorAll('[role=gridcell]')]);
  const boxes = cells.map((cell) => cell.querySelector(BOX));
  if (!covered || boxes.some((box) => box === null)) return { state: 'nothing', list };
  return { state: boxes.every((box) => box !== null && isDecoded(box)) ? 'whole' : 'rows', list };
}

function watchFrom(event: 'click' | 'input'): Promise<Arrival> {
  const before = sight().list;
  const { promise, resolve, reject } = Promise.withResolvers<Arrival>();
  setTimeout(() => reject(new Error(`still ${JSON.stringify(sight())} after ${before}`)), PATIENCE_MS);
  let start: number | null = null;
  let rows: number | null = null;
  let done = false;
  const begin = ({ timeStamp }: Event): void => {
    start = timeStamp;
  };
  window.addEventListener(event, begin, { capture: true });
  eachChange(() => {
    const { state, list } = sight();
    if (start === null || list === before || state === 'nothing') return true;
    const isWhole = state === 'whole';
    afterPaint((at) => {
      rows ??= at;
      if (!isWhole || done || start === null) return;
      done = true;
      window.removeEventListener(event, begin, { capture: true });
      resolve({ start, rows, whole: at });
    });
    return !isWhole;
  });
  return promise;
}

function labels(): PerformanceEntryList {
  return performance.getEntriesByName('label-key-to-painted');
}

let arrival: Promise<Arrival> | null = null;
let frames: Frame[] = [];
let counting = false;
let moved: { first: number; last: number } | null = null;

function noteMovement(): void {
  const now = performance.now();
  moved = { first: moved?.first ?? now, last: now };
}

globalThis.benchClock = {
  projects: new Promise((resolve) => {
    eachChange(() => {
      // On a project's screen nobody waits for this.
      if (location.hash.startsWith('#/p/')) return false;
      const main = document.querySelector('main');
      const boxes = main === null ? [] : [...main.querySelectorAll(`article ${BOX}`)];
      if (boxes.length === 0 || !boxes.every(isDecoded)) return true;
      afterPaint((at) => resolve(performance.timeOrigin + at));
      return false;
    });
  }),
  watchClick() {
    arrival = watchFrom('click');
  },
  watchTyping() {
    arrival = watchFrom('input');
  },
  awaitArrival: () => arrival ?? Promise.reject(new Error('nothing was watched')),
  startFrames() {
    frames = [];
    counting = true;
    moved = null;
    grid()?.addEventListener('scroll', noteMovement, { passive: true });
    eachFrame(() => {
      // Its time is when the frame was prepared, as the person's screen would count it.
      if (counting) frames.push({ at: performance.now(), whole: sight().state === 'whole' });
      return counting;
    });
  },
  stopFrames() {
    counting = false;
    grid()?.removeEventListener('scroll', noteMovement);
    const { first, last } = moved ?? { first: 0, last: 0 };
    return frames.filter(({ at }) => at >= first && at <= last);
  },
  lineHeight() {
    const lines = [...(grid()?.querySelectorAll('[role=row]') ?? [])].map((line) => line.getBoundingClientRect().top);
    const [first = 0, second = 0] = lines.sort((a, b) => a - b);
    return second - first;
  },
  labels: () => labels().map(({ duration }) => duration),
  // Told, not asked for in each frame: frames that nobody else wants would be painted beside the label's own.
  awaitLabels: (count) =>
    new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`only ${labels().length} of ${count} labels`)), PATIENCE_MS);
      const look = (): void => {
        if (labels().length < count) return;
        clearTimeout(late);
        observer.disconnect();
        resolve();
      };
      const observer = new PerformanceObserver(look);
      observer.observe({ type: 'measure' });
      look();
    }),
};
