import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSafetensors, tensorFloat32 } from '../formats/safetensors.ts';
import { referenceFile } from '../testing/reference.ts';
import { resizePositions } from './resize-positions.ts';

const path = referenceFile('forward/10-vit-pos-embed-resize.safetensors');

describe.skipIf(path === null)('resizing position embeddings', () => {
  it.each([
    ['expect.pos_embed_resized', [8, 8]],
    ...['4x4', '6x10', '12x12'].map((grid) => [`expect.pos_embed_resized.${grid}`, grid.split('x').map(Number)]),
  ] as [string, [number, number]][])('agrees with timm on %s', async (name, to) => {
    const file = parseSafetensors(await readFile(path ?? ''), 'reference');
    const numbers = (tensor: string): Float32Array => {
      const entry = file.tensors.get(tensor);
      return entry === undefined ? expect.fail(`no ${tensor}`) : tensorFloat32(file, entry);
    };
    const found = resizePositions(numbers('backbone.pos_embed'), { prefix: 1, width: 48, from: [6, 6], to });
    const wanted = numbers(name);
    expect(found).toHaveLength(wanted.length);
    const norm = (values: Float32Array): number => Math.hypot(...values);
    expect(norm(found.map((value, i) => value - wanted[i]!)) / norm(wanted)).toBeLessThan(1e-6);
  });
});

it('keeps constants, the rows before the patches, and a grid that is the same', () => {
  const side = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(
      side,
      side,
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 4 }),
      (from, to, prefix, width) => {
        const values = Float32Array.from({ length: (prefix + from * from) * width }, (_, i) =>
          i < prefix * width ? i : (i % width) - 1.5,
        );
        const resized = resizePositions(values, { prefix, width, from: [from, from], to: [to, to] });
        const wanted = Array.from({ length: (prefix + to * to) * width }, (_, i) =>
          i < prefix * width ? i : (i % width) - 1.5,
        );
        for (const [i, value] of resized.entries()) expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-6);
        expect(resizePositions(values, { prefix, width, from: [from, from], to: [from, from] })).toEqual(values);
      },
    ),
    { numRuns: 50 },
  );
});
