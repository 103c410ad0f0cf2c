import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { augment } from './augment.ts';
import { decodedAhead } from './decode-ahead.ts';
import { EngineError } from '../errors.ts';
import { normaliseInto } from './normalise.ts';
import { epochBatches } from './order.ts';
import { Random } from './random.ts';
import { rowsOf } from './slices.ts';
import { classWeightsOf, denseTargets } from './targets.ts';

describe('randomness', () => {
  it('is the same for the same seed and purpose, and another for any other', () => {
    const draw = (seed: number, ...purpose: (string | number)[]) => new Random(seed, purpose).bits();
    expect(draw(1, 'order', 3)).toBe(draw(1, 'order', 3));
    const others = [
      draw(1, 'order', 3),
      draw(2, 'order', 3),
      draw(1, 'order', 4),
      draw(1, 'drop', 3),
      draw(2 ** 33 + 1, 'order', 3),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  it('is uniform in [0, 1), and normal with mean 0 and deviation 1', () => {
    const random = new Random(5, ['moments']);
    const uniform = Array.from({ length: 20000 }, () => random.uniform());
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    expect(uniform.reduce((a, b) => a + b, 0) / uniform.length).toBeCloseTo(0.5, 2);
    const normal = Array.from({ length: 20000 }, () => random.normal());
    const mean = normal.reduce((a, b) => a + b, 0) / normal.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.sqrt(normal.reduce((sum, v) => sum + (v - mean) ** 2, 0) / normal.length)).toBeCloseTo(1, 1);
  });
});

describe('the order of an epoch', () => {
  it('shows every photo once, in batches, whatever the numbers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 50 }), fc.nat(), (count, size, seed) => {
        const batches = epochBatches(count, size, seed, 0, false);
        expect(batches.flatMap((batch) => [...batch]).sort((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, i) => i),
        );
        expect(batches.slice(0, -1).every((batch) => batch.length === size)).toBe(true);
      }),
    );
  });

  it('leaves an incomplete last batch out when asked, but never the only one', () => {
    expect(epochBatches(70, 32, 1, 0, true).map(({ length }) => length)).toEqual([32, 32]);
    expect(epochBatches(64, 32, 1, 0, true).map(({ length }) => length)).toEqual([32, 32]);
    expect(epochBatches(20, 32, 1, 0, true).map(({ length }) => length)).toEqual([20]);
  });

  it('differs from epoch to epoch', () => {
    expect(epochBatches(30, 30, 1, 0, false)).not.toEqual(epochBatches(30, 30, 1, 1, false));
  });
});

describe('dense targets', () => {
  /** PyTorch's definition, written out from logits: weighted mean over the batch, smoothing over weighted classes. */
  function torchLoss(logits: number[][], labels: number[], weights: number[], smoothing: number): number {
    const total = labels.reduce((sum, label) => sum + weights[label]!, 0);
    return labels.reduce((sum, label, row) => {
      const logSum = Math.log(logits[row]!.reduce((acc, z) => acc + Math.exp(z), 0));
      const logp = logits[row]!.map((z) => z - logSum);
      const smooth = logp.reduce((acc, value, c) => acc - weights[c]! * value, 0) / weights.length;
      return sum + ((1 - smoothing) * -weights[label]! * logp[label]! + smoothing * smooth) / total;
    }, 0);
  }

  it('fold class weights, smoothing and the whole batch’s weight into one matrix', () => {
    const logits = [
      [1, -2, 0.5],
      [0.1, 0.2, 3],
      [-1, 4, 2],
      [0, 0, 0],
    ];
    const labels = [0, 2, 1, 1];
    const weights = [0.5, 2, 1.25];
    const targets = denseTargets(labels, { classes: 3, labelSmoothing: 0.1, classWeights: Float64Array.from(weights) });
    let loss = 0;
    logits.forEach((row, i) => {
      const logSum = Math.log(row.reduce((acc, z) => acc + Math.exp(z), 0));
      row.forEach((z, c) => (loss -= targets[i * 3 + c]! * (z - logSum)));
    });
    expect(loss).toBeCloseTo(torchLoss(logits, labels, weights, 0.1), 6);
  });

  it('weigh classes so that each present one counts alike', () => {
    const labels = [0, 0, 0, 1];
    const weights = classWeightsOf(labels, 3, 'balanced');
    expect(3 * weights[0]!).toBeCloseTo(weights[1]!);
    expect(weights[2]).toBe(0);
    expect([...classWeightsOf(labels, 3, 'none')]).toEqual([1, 1, 1]);
  });
});

describe('pixels', () => {
  it('become normalised planes at the right place of a batch', () => {
    const batch = new Float32Array(24);
    const bytes = Uint8Array.from([0, 51, 102, 255, 0, 0, 255, 0, 0, 255, 0, 0]);
    normaliseInto(batch, 12, bytes, 2, { mean: [0, 0.5, 0.2], std: [1, 0.5, 0.1] });
    expect([...batch.subarray(0, 12)].every((value) => value === 0)).toBe(true);
    expect([...batch.subarray(12, 16)]).toEqual([0, 1, 1, 1]);
    expect(batch[16]).toBeCloseTo((0.2 - 0.5) / 0.5, 6);
    expect(batch[20]).toBeCloseTo((0.4 - 0.2) / 0.1, 5);
  });

  it.each([1, 2, 3, 5, 8])('become the same whatever the side (%i) and wherever the bytes lie', (side) => {
    const plane = side * side;
    const normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
    const random = new Random(side, ['pixels']);
    const bytes = Uint8Array.from({ length: 3 * plane }, () => random.integer(256));
    const wanted = Float32Array.from({ length: 3 * plane }, (_, at) => {
      const [channel, pixel] = [Math.floor(at / plane) as 0 | 1 | 2, at % plane];
      const { mean, std } = normalisation;
      return bytes[3 * pixel + channel]! * (1 / (255 * std[channel])) - mean[channel] / std[channel];
    });
    for (const shift of [0, 1, 2, 3, 4]) {
      const moved = new Uint8Array(bytes.length + shift).subarray(shift);
      moved.set(bytes);
      const planes = new Float32Array(3 * plane + 2).fill(7);
      normaliseInto(planes, 1, moved, side, normalisation);
      expect(planes).toEqual(Float32Array.of(7, ...wanted, 7));
    }
  });

  it('of the wrong size are refused with both numbers', () => {
    expect(() =>
      normaliseInto(new Float32Array(12), 0, new Uint8Array(9), 2, { mean: [0, 0, 0], std: [1, 1, 1] }),
    ).toThrow(/12 bytes, not 9/);
  });

  it('are padded with zero rows to a full micro-batch', () => {
    expect([...rowsOf(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 1, 2, 3)]).toEqual([3, 4, 5, 6, 0, 0]);
  });
});

describe('augmentation', () => {
  const side = 28;
  const bytes = Uint8Array.from({ length: 3 * side * side }, (_, at) => (at * 7) % 251);
  const fresh = () => new Uint8Array(bytes.length);

  it('changes nothing when there is none', () => {
    expect(augment(bytes, side, 'none', { seed: 1, epoch: 0, photo: 0 }, fresh())).toBe(bytes);
  });

  it('mirrors about half of the photos, and mirroring twice is the photo itself', () => {
    const views = Array.from({ length: 200 }, (_, photo) =>
      augment(bytes, side, 'flip', { seed: 1, epoch: 0, photo }, fresh()),
    );
    const mirrored = views.filter((view) => view !== bytes);
    expect(mirrored.length).toBeGreaterThan(70);
    expect(mirrored.length).toBeLessThan(130);
    const [first] = mirrored;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) expect(first![3 * (y * side + x)]).toBe(bytes[3 * (y * side + side - 1 - x)]);
    }
  });

  it('shifts by at most a fourteenth of the side and repeats itself for the same photo and epoch', () => {
    const seen = new Set<string>();
    for (let photo = 0; photo < 60; photo++) {
      const drawn = { seed: 1, epoch: 2, photo };
      const view = augment(bytes, side, 'flip-shift', drawn, fresh());
      expect(augment(bytes, side, 'flip-shift', drawn, fresh().fill(9))).toEqual(view);
      seen.add(Buffer.from(view).toString('base64'));
    }
    // Two ways to face, five shifts along each axis.
    expect(seen.size).toBeGreaterThan(20);
    expect(seen.size).toBeLessThanOrEqual(50);
  });
});

describe('decoding ahead', () => {
  it('keeps the order, leaves unreadable photos out with their reason, and passes other errors on', async () => {
    const failed: string[] = [];
    const photos = [30, 5, -1, 10, 0, 20, 1, 2];
    const reader = {
      pixels: async (wait: number) => {
        if (wait < 0) throw new EngineError('photo.unusable', 'torn in two');
        await new Promise((resolve) => setTimeout(resolve, wait));
        return Uint8Array.of(wait);
      },
      photoFailed: (_: number, reason: string) => failed.push(reason),
    };
    const seen: (number | null)[] = [];
    for await (const { bytes } of decodedAhead(photos, reader)) seen.push(bytes?.[0] ?? null);
    expect(seen).toEqual([30, 5, null, 10, 0, 20, 1, 2]);
    expect(failed).toEqual(['torn in two']);
    const broken = { ...reader, pixels: () => Promise.reject(new Error('no such disk')) };
    await expect(decodedAhead(photos, broken).next()).rejects.toThrow('no such disk');
  });
});
