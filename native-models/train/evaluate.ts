/** Logits of photos under given parameters, micro-batch by micro-batch. */
import type { EngineSession } from '../runtime/session.ts';
import type { PhotoFeeds } from './batch-feeds.ts';
import { LOGITS } from './graphs.ts';

export interface EvaluateOptions {
  readonly session: EngineSession;
  readonly feeds: PhotoFeeds;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly rows: readonly number[];
  readonly microBatch: number;
  readonly classes: number;
  readonly afterEach?: (done: number) => Promise<void>;
}

/** Rows of the photo data -> logits [rows, C]. */
export async function evaluateRows({
  session,
  feeds,
  parameters,
  rows,
  microBatch,
  classes,
  afterEach,
}: EvaluateOptions): Promise<Float32Array> {
  const logits = new Float32Array(rows.length * classes);
  for (let start = 0; start < rows.length; start += microBatch) {
    const part = rows.slice(start, start + microBatch);
    const photos = await feeds.fill(part, null);
    if (start + microBatch < rows.length) feeds.readAhead(rows.slice(start + microBatch, start + 2 * microBatch));
    const outputs = await session.run(new Map([...photos, ...parameters]));
    logits.set((outputs.get(LOGITS) ?? new Float32Array()).subarray(0, part.length * classes), start * classes);
    await afterEach?.(start + part.length);
  }
  return logits;
}
