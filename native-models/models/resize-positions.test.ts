import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSafetensors, tensorFloat32 } from '../formats/safetensors.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { referenceFile } from '../testing/reference.ts';
import type { ResizeKind } from './resize-positions.ts';
import { resizePositions } from './resize-positions.ts';

const path = referenceFile('forward/10-vit-pos-embed-resize.safetensors');
const kinds = {
  '': 'antialias',
  '.no_antialias': 'bicubic',
  '.bilinear': 'bilinear',
  '.dinov2_offset': 'dinov2',
} as const;

describe.skipIf(path === null)('resizing position embeddings', () => {
  it('agrees with every library on every grid of the reference', async () => {
    const file = parseSafetensors(await readFile(path!), 'reference');
    const numbers = (tensor: string): Float32Array => {
      const entry = file.tensors.get(tensor);
      return entry === undefined ? expect.fail(`no ${tensor}`) : tensorFloat32(file, entry);
    };
    const seen = new Map<ResizeKind, number>();
    for (const name of file.tensors.keys()) {
      const [, grid, how] = /^expect\.pos_embed_resized(?:\.(\d+x\d+))?(\.\w+)?$/.exec(name) ?? [];
      if (!name.startsWith('expect.pos_embed_resized')) continue;
      const kind = kinds[(how ?? '') as keyof typeof kinds];
      const to = (grid ?? '8x8').split('x').map(Number) as [number, number];
      const found = resizePositions(numbers('backbone.pos_embed'), { prefix: 1, width: 48, from: [6, 6], to, kind });
      expect(found).toHaveLength(numbers(name).length);
      expect(relativeL2(found, numbers(name)), name).toBeLessThanOrEqual(1e-6);
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    expect(Object.fromEntries(seen)).toEqual({ antialias: 4, bicubic: 4, bilinear: 4, dinov2: 2 });
  });
});

it('keeps constants, the rows before the patches, and a grid that is the same', () => {
  const side = fc.integer({ min: 1, max: 12 });
  const kind = fc.constantFrom(...Object.values(kinds));
  fc.assert(
    fc.property(side, side, fc.nat(5), fc.integer({ min: 1, max: 4 }), kind, (from, to, prefix, width, how) => {
      const values = Float32Array.from({ length: (prefix + from * from) * width }, (_, i) =>
        i < prefix * width ? i : (i % width) - 1.5,
      );
      const grid = { prefix, width, from: [from, from], kind: how } as const;
      const resized = resizePositions(values, { ...grid, to: [to, to] });
      expect(resized).toHaveLength((prefix + to * to) * width);
      for (const [i, value] of resized.entries()) {
        expect(Math.abs(value - (i < prefix * width ? i : (i % width) - 1.5))).toBeLessThan(1e-6);
      }
      expect(resizePositions(values, { ...grid, to: [from, from] })).toEqual(values);
    }),
    { numRuns: 100 },
  );
});
