/**
 * Decodes photos and brings them to the size at which they are looked at, beside the page: millions of pixels are read once,
 * before anybody waits for them, and the frame that shows a photo has only the screen's own pixels to draw.
 */
import type { Decoded, Wish } from './messages.ts';

type Work = Exclude<Wish, { readonly forget: true }>;

/** In the order in which they were asked for: each has the whole processor, so the first is there soonest. */
const waiting: Work[] = [];
let atWork: { readonly id: number; readonly ending: AbortController } | null = null;

addEventListener('message', ({ data }: MessageEvent<Wish>) => {
  if ('forget' in data) forget(data.id);
  else {
    waiting.push(data);
    if (atWork === null) void work();
  }
});

function forget(id: number): void {
  if (atWork?.id === id) atWork.ending.abort();
  const at = waiting.findIndex((one) => one.id === id);
  if (at >= 0) waiting.splice(at, 1);
}

async function work(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const ending = new AbortController();
    atWork = { id: next.id, ending };
    try {
      const answer = await decode(next, ending.signal);
      postMessage(answer, { transfer: [answer.bitmap] });
    } catch (thrown) {
      const answer: Decoded = { id: next.id, problem: thrown instanceof Error ? thrown.message : String(thrown) };
      postMessage(answer);
    }
  }
  atWork = null;
}

async function decode({ id, address, box }: Work, signal: AbortSignal): Promise<Decoded & { bitmap: ImageBitmap }> {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  const whole = await createImageBitmap(await response.blob());
  const size = { width: whole.width, height: whole.height };
  const scale = Math.min(box.width / size.width, box.height / size.height);
  if (scale >= 1) return { id, bitmap: whole, size };
  signal.throwIfAborted();
  const bitmap = await createImageBitmap(whole, {
    resizeWidth: Math.max(1, Math.round(size.width * scale)),
    resizeHeight: Math.max(1, Math.round(size.height * scale)),
    // Averages of what becomes one pixel; "high" leaves pixels out where much is made smaller.
    resizeQuality: 'medium',
  });
  whole.close();
  return { id, bitmap, size };
}
