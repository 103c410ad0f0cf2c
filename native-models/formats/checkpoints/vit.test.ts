import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VitSpec } from '../../models/vit-spec.ts';
import { model, vitModels } from '../../models/registry.ts';
import { plainVit, vitTensors } from '../../models/vit-spec.ts';
import type { TensorEntry } from '../safetensors.ts';
import { readVitCheckpoint } from './vit.ts';

function entries(spec: VitSpec, prefix = ''): Map<string, TensorEntry> {
  const tensors = [...vitTensors(spec)].map(([name, shape]): [string, TensorEntry] => [
    prefix + name,
    { name: prefix + name, dtype: 'float32', shape, start: 0, end: 0 },
  ]);
  return new Map(tensors);
}

describe('reading a checkpoint by its tensors', () => {
  it('finds the geometry of every plain ViT in the registry, whatever the prefix', () => {
    const plain = [...vitModels.values()].filter((spec) =>
      Object.entries(plainVit).every(([key, value]) => spec[key as keyof typeof plainVit] === value),
    );
    for (const spec of plain) {
      const { heads: _, layerNormEps: __, ...geometry } = spec;
      for (const prefix of ['', 'module.backbone.']) {
        const reading = readVitCheckpoint(entries(spec, prefix));
        if ('problems' in reading) return expect.fail(reading.problems.join('\n'));
        expect(reading.checkpoint).toMatchObject({ prefix, geometry, leftOut: [] });
        expect([...reading.checkpoint.tensors.keys()]).toEqual([...vitTensors(spec).keys()].sort());
      }
    }
  });

  it('leaves out heads, inside the prefix and outside', () => {
    const tensors = entries(model('test_vit_2x8'), 'backbone.');
    for (const name of ['backbone.fc_norm.weight', 'head.bias', 'backbone.pre_logits.fc.weight', 'head_dist.weight']) {
      tensors.set(name, { name, dtype: 'float32', shape: [1], start: 0, end: 0 });
    }
    const reading = readVitCheckpoint(tensors);
    expect(reading).toMatchObject({
      checkpoint: {
        leftOut: ['backbone.fc_norm.weight', 'backbone.pre_logits.fc.weight', 'head.bias', 'head_dist.weight'],
      },
    });
  });

  it('has an answer to tensors of any names and shapes', () => {
    const names = [...vitTensors(model('test_vit_2x8')).keys(), 'blocks.1e9.x', 'blocks..', '__proto__'];
    const entry = fc.record({
      name: fc.constantFrom(...names),
      shape: fc.array(fc.nat({ max: 9 }), { maxLength: 5 }),
      dtype: fc.constantFrom('float32' as const, 'int64' as const),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (given) => {
        const reading = readVitCheckpoint(new Map(given.map((one) => [one.name, { ...one, start: 0, end: 0 }])));
        expect('problems' in reading && reading.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 300 },
    );
  });
});
