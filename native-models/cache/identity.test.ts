import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomValues } from '../models/random-weights.ts';
import { EngineSession } from '../runtime/session.ts';
import type { TinyBackbone } from '../testing/tiny-network.ts';
import { dtlPlus, tinyBackbone } from '../testing/tiny-network.ts';
import { FEATURES, featureGraph, IMAGES } from '../train/graphs.ts';
import type { FeatureSource } from './identity.ts';
import { tensorKey } from './identity.ts';

const source: FeatureSource = { backbone: 'b', preprocessing: 'p', runtime: 'r' };
let backbone: TinyBackbone;

beforeAll(async () => {
  backbone = await tinyBackbone('test_vit_4x12');
});
afterAll(() => backbone.remove());

/** Sets of blocks in which some inputs are common. */
const sets = [
  { extract: [0, 1, 2, 3], adapt: [2, 3] },
  { extract: [1, 3], adapt: [3] },
];

function graphsOf() {
  return sets.map((changes) => {
    const method = dtlPlus(backbone.spec, changes);
    return featureGraph({ spec: backbone.spec, weights: backbone.weights, method, classes: 3, batch: 4 }, true);
  });
}

describe('the identity of a cached tensor', () => {
  it('is that of the computation: runs with other sets share the block inputs that they have in common', () => {
    const [first, second] = graphsOf().map(({ frontier }) =>
      frontier.map((value) => tensorKey(value, 'float16', source)),
    );
    // Inputs of blocks 0, 1, 2 and the output of block 2; inputs of blocks 1 and 3, and the output of block 3.
    expect(first).toHaveLength(4);
    expect(second).toHaveLength(3);
    expect(first!.filter((key) => second!.includes(key))).toEqual([first![1], first![3]]);
    expect(new Set([...first!, ...second!])).toHaveLength(5);
  });

  it('changes with backbone, preprocessing, runtime, precision and what is computed', () => {
    const { graph, frontier } = graphsOf()[0]!;
    const value = frontier[1]!;
    const keys = [
      tensorKey(value, 'float32', source),
      tensorKey(value, 'float16', source),
      tensorKey(value, 'float32', { ...source, backbone: 'other' }),
      tensorKey(value, 'float32', { ...source, preprocessing: 'other' }),
      tensorKey(value, 'float32', { ...source, runtime: 'other' }),
      tensorKey(graph.outputs.get(FEATURES)!, 'float32', source),
      ...frontier.filter((other) => other !== value).map((other) => tensorKey(other, 'float32', source)),
    ];
    expect(new Set(keys)).toHaveLength(keys.length);
    expect(tensorKey(graphsOf()[0]!.frontier[1]!, 'float32', source)).toBe(keys[0]);
  });

  it('stands for bytes that do not depend on what else is computed, on neighbours, places and threads', async () => {
    const size = 3 * backbone.spec.imageSize ** 2;
    const photo = (id: number): Float32Array => randomValues(`photo ${id}`, size, 1);
    const compute = async (set: number, ids: readonly number[], threads: number) => {
      const { graph, frontier } = graphsOf()[set]!;
      const session = await EngineSession.create(graph, { threads, weightsFolder: backbone.directory, exact: true });
      const images = new Float32Array(4 * size);
      ids.forEach((id, slot) => images.set(photo(id), slot * size));
      const outputs = await session.run(new Map([[IMAGES, images]]));
      await session.release();
      const values = [
        ...frontier.map(({ name, ...rest }) => ({ ...rest, name })),
        { ...graph.outputs.get(FEATURES)!, name: FEATURES },
      ];
      const slot = ids.indexOf(7);
      return new Map(
        values.map((value) => {
          const all = outputs.get(value.name)!;
          const own = all.slice((slot * all.length) / 4, ((slot + 1) * all.length) / 4);
          return [tensorKey(value, 'float32', source), Buffer.from(own.buffer).toString('hex')];
        }),
      );
    };
    const expected = await compute(0, [7, 1, 2, 3], 1);
    for (const [set, ids, threads] of [
      [0, [5, 6, 7], 1],
      [0, [4, 7, 7, 4], 2],
      [1, [1, 2, 3, 7], 1],
    ] as const) {
      const again = await compute(set, ids, threads);
      const shared = [...again].filter(([key]) => expected.has(key));
      expect(shared.length).toBe(set === 0 ? 5 : 3);
      for (const [key, bytes] of shared) expect(bytes).toBe(expected.get(key));
    }
  });
});
