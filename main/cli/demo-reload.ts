/** A pack in a process of its own, with a profile that holds nothing: what it predicts there, and whether that is the same. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const dtl = fileURLToPath(new URL('./dtl.ts', import.meta.url));
const answer = z.object({
  photos: z.array(z.object({ path: z.string(), label: z.string(), logits: z.array(z.number()) })),
});

export interface KnownPrediction {
  readonly path: string;
  readonly label: string;
  readonly logits: readonly number[];
}

export async function predictElsewhere(
  pack: string,
  home: string,
  photos: readonly string[],
  signal: AbortSignal,
): Promise<readonly KnownPrediction[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [dtl, 'predict', '--json', '--home', home, '--pack', pack, ...photos],
    { signal, maxBuffer: 256 * 1024 * 1024 },
  );
  return answer.parse(JSON.parse(stdout)).photos;
}

/**
 * Training evaluates its test photos on cached features in other batches than a prediction, and sums in another order may
 * differ in the last bits of float32: every label must be the same, and no logit may be further off than that.
 */
const ROUNDING = 1e-4;

export function samePredictions(known: readonly KnownPrediction[], other: readonly KnownPrediction[]): boolean {
  const found = new Map(other.map((one) => [one.path, one]));
  return known.every(({ path, label, logits }) => {
    const again = found.get(path);
    if (again?.label !== label || again.logits.length !== logits.length) return false;
    const size = Math.max(1, ...logits.map(Math.abs));
    return logits.every((value, at) => Math.abs(value - (again.logits[at] ?? NaN)) <= ROUNDING * size);
  });
}
