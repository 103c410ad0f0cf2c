/** The product's rules and the engine count blocks, tensors and cache apart from each other; here they are held side by side. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blockCount, blocksOf, featureWidth } from '#app/domain/backbone-blocks.ts';
import { cacheBytes } from '#app/domain/choose-plan.ts';
import { methodFor } from '#app/domain/method-defaults.ts';
import type { DtlMethod } from '#app/domain/run-config.ts';
import { methodProblems, sideTensors } from '#app/domain/side-parameters.ts';
import { checkDtlConfig, defaultDtl, dtlParameters } from '#native-models/adapters/dtl/config.ts';
import { elementCount } from '#native-models/graph/types.ts';
import type { BackboneSpec } from '#native-models/models/backbone-spec.ts';
import * as engine from '#native-models/models/backbone-spec.ts';
import { model, models } from '#native-models/models/registry.ts';
import { trainingGraph } from '#native-models/train/graphs.ts';

const dtlPlus = (spec: BackboneSpec, adapt?: 'all'): DtlMethod => {
  const method = methodFor('dtl+', spec, adapt === undefined ? {} : { adapt });
  return method.name === 'linear' ? expect.fail() : method;
};

describe.each([...models].map(([name, spec]) => ({ name, spec })))('of $name, the rules and the engine', ({ spec }) => {
  it('count the same blocks, widths and tokens', () => {
    const blocks = engine
      .blocksOf(spec)
      .map(({ stage, width, grid, prefixTokens }) => ({ stage, width, tokens: prefixTokens + grid ** 2 }));
    expect(blocksOf(spec)).toEqual(blocks);
    expect(blockCount(spec)).toBe(engine.blockCount(spec));
    expect(featureWidth(spec)).toBe(engine.featureWidth(spec));
  });

  it('choose the same sets of blocks, and train the same tensors', () => {
    expect(dtlPlus(spec)).toMatchObject(defaultDtl(spec));
    for (const method of [dtlPlus(spec), dtlPlus(spec, 'all')]) {
      expect([...sideTensors(method, spec)]).toEqual([...dtlParameters(method, spec)]);
    }
  });
});

it.each([
  'vit_base_patch16_224',
  'vit_base_patch14_reg4_dinov2',
  'vit_base_patch16_siglip_224',
  'vit_base_patch16_clip_224',
  'swin_tiny_patch4_window7_224',
  'swin_base_patch4_window7_224',
])('the cache of %s is as large as was said before', (name) => {
  const spec = model(name);
  const tensors = new Map(
    [...engine.backboneTensors(spec)].map(([tensor, shape]) => [
      tensor,
      { dtype: 'float32' as const, shape, start: 0, end: 4 * elementCount(shape) },
    ]),
  );
  const weights = { folder: '', file: 'weights', prefix: '', tensors };
  for (const method of [dtlPlus(spec), dtlPlus(spec, 'all')]) {
    const { split } = trainingGraph({ spec, weights, method, classes: 3, batch: 1 });
    const bytes = split!.frontier.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0);
    expect(cacheBytes(spec, method, 'float32')).toBe(bytes + 4 * featureWidth(spec));
  }
});

it('the rules and the engine refuse the same sets of blocks', () => {
  const sets = fc.uniqueArray(fc.integer({ min: -1, max: 10 }), { maxLength: 6 });
  fc.assert(
    fc.property(
      fc.constantFrom('test_swin_2_2_4_2', 'test_vit_6x16'),
      sets,
      sets,
      fc.boolean(),
      (name, a, b, sorted) => {
        const spec = model(name);
        const order = (set: readonly number[]): number[] => (sorted ? [...set].sort((x, y) => x - y) : [...set]);
        const method = { ...dtlPlus(spec), extract: order(a), adapt: order(b) };
        const refused = methodProblems(method, spec).length > 0;
        if (refused) expect(() => checkDtlConfig(method, spec)).toThrow();
        else expect(() => checkDtlConfig(method, spec)).not.toThrow();
      },
    ),
    { numRuns: 2000 },
  );
});
