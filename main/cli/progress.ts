/**
 * Progress on stderr: one line that is drawn again where that is a terminal, a plain line every ten seconds where it is
 * not. Our own, since the usual libraries bring colour and width packages along and have no quiet form.
 */
import type { Progress, ProgressPhase } from '#app/domain/progress.ts';
import { duration } from './format.ts';

export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const words: Readonly<Record<ProgressPhase, readonly [what: string, unit: string]>> = {
  scanning: ['Looking for photos', 'photos'],
  reading: ['Reading photos', 'photos'],
  backbone: ['Checking the backbone', 'tensors'],
  rendering: ['Rendering sample photos', 'photos'],
  features: ['Computing frozen features', 'photos'],
  probe: ['Fitting the linear probe', 'fits'],
  training: ['Training', 'batches'],
  evaluating: ['Evaluating', 'photos'],
  predicting: ['Classifying', 'photos'],
  exporting: ['Writing the ONNX file', 'MB'],
  timing: ['Timing', 'steps'],
  archiving: ['Copying photos', 'photos'],
  opening: ['Reading labels and runs', 'lines'],
  extracting: ['Putting photos into the folder', 'photos'],
  verifying: ['Checking what was written', 'MB'],
  backup: ['Copying the database', 'pages'],
};

const REDRAW_MS = 100;
const QUIET_MS = 10_000;
const BAR = 24;

export class ProgressLine {
  readonly #screen: Screen;
  readonly #now: () => number;
  #phase: ProgressPhase | null = null;
  #phaseStart = 0;
  #doneAtStart = 0;
  #shownAt = -Infinity;
  #drawn = false;

  constructor(screen: Screen, now: () => number = () => performance.now()) {
    this.#screen = screen;
    this.#now = now;
  }

  update(progress: Progress): void {
    const now = this.#now();
    if (progress.phase !== this.#phase) {
      this.clear();
      this.#phase = progress.phase;
      this.#phaseStart = now;
      // What was there before the first report (a resumed run) says nothing about the speed.
      this.#doneAtStart = progress.done > 1 ? progress.done : 0;
      // A phase that is over in a moment is not worth a line of a log.
      this.#shownAt = this.#isTerminal ? -Infinity : now;
    }
    const complete = progress.total !== null && progress.done >= progress.total;
    if (this.#isTerminal) {
      if (!complete && now - this.#shownAt < REDRAW_MS) return;
      this.#shownAt = now;
      this.#screen.write(`\r\u001b[2K${this.#text(progress, now, true).slice(0, (this.#screen.columns ?? 80) - 1)}`);
      this.#drawn = true;
    } else if (now - this.#shownAt >= QUIET_MS) {
      this.#shownAt = now;
      this.#screen.write(`${this.#text(progress, now, false)}\n`);
    }
  }

  /** Writes a line of its own above the bar. */
  log(line: string): void {
    this.clear();
    this.#screen.write(`${line}\n`);
  }

  /** Takes the bar away, so that other output stands alone. */
  clear(): void {
    if (this.#drawn) this.#screen.write('\r\u001b[2K');
    this.#drawn = false;
    this.#shownAt = this.#isTerminal ? -Infinity : this.#shownAt;
  }

  get #isTerminal(): boolean {
    return this.#screen.isTTY === true;
  }

  #text({ phase, done, total }: Progress, now: number, withBar: boolean): string {
    const [what, unit] = words[phase];
    const seconds = (now - this.#phaseStart) / 1000;
    const rate = seconds > 0.5 ? (done - this.#doneAtStart) / seconds : 0;
    const speed = rate > 0 ? `${rate >= 10 ? Math.round(rate) : rate.toFixed(1)} ${unit}/s` : '';
    if (total === null) return [what, `${done} ${unit}`, speed].filter((part) => part !== '').join('  ');
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const filled = Math.round(share * BAR);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
    const left = rate > 0 && done < total ? `${duration((total - done) / rate)} left` : '';
    const parts = [what, withBar ? bar : '', `${Math.floor(share * 100)}%`, `${done}/${total} ${unit}`, speed, left];
    return parts.filter((part) => part !== '').join('  ');
  }
}
