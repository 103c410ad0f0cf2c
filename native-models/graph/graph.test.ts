import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './builder.ts';
import { flopsOf } from './flops.ts';
import type { Graph, Node } from './types.ts';
import { verify } from './verify.ts';
import { add } from '../ops/add.ts';
import { gemm } from '../ops/gemm.ts';
import { mul } from '../ops/mul.ts';
import { reshape } from '../ops/reshape.ts';
import { eliminateDeadNodes, pruneUnusedInputs } from '../passes/eliminate-dead-nodes.ts';
import { shareEqualNodes } from '../passes/share-equal-nodes.ts';
import { splitFrozenPrefix } from '../passes/split-frozen-prefix.ts';
import { evaluate } from '../reference/evaluate.ts';

describe('the builder', () => {
  it('names nodes by scope and operator, each once', () => {
    const b = new GraphBuilder('names');
    const x = b.input('x', [2]);
    const names = b.scope('blocks.7', () =>
      b.scope('attn', () => [add(b, x, x), add(b, x, x)].map(({ name }) => name)),
    );
    expect(names).toEqual(['blocks.7/attn/Add', 'blocks.7/attn/Add_1']);
  });

  it('reports a wrong shape where it is made', () => {
    const b = new GraphBuilder('wrong');
    const [x, w] = [b.input('x', [2, 3]), b.input('w', [4, 5])];
    expect(() => b.scope('head', () => gemm(b, x, w))).toThrow(
      /At head\/Gemm: Gemm: matrices do not fit \(\[2, 3\] and \[4, 5\]\)/,
    );
  });

  it('refuses two inputs of one name', () => {
    const b = new GraphBuilder('twice');
    b.input('x', [1]);
    expect(() => b.parameter('x', [1])).toThrow(/two tensors named x/);
  });

  it('leaves a scope when building in it fails', () => {
    const b = new GraphBuilder('scope');
    expect(() =>
      b.scope('a', () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(b.scopePath).toBe('');
  });
});

describe('the verifier', () => {
  function sum(): { graph: Graph; node: Node } {
    const b = new GraphBuilder('sum');
    const y = add(b, b.input('x', [2]), b.input('z', [2]));
    const graph = b.finish({ y });
    return { graph, node: graph.nodes[0]! };
  }

  it('accepts what the builder builds', () => {
    const { graph } = sum();
    expect(verify(graph)).toBe(graph);
  });

  it('finds a value that is read before it is made', () => {
    const { graph } = sum();
    expect(() => verify({ ...graph, inputs: graph.inputs.slice(1) })).toThrow(/x is read before it is made/);
  });

  it('finds outputs that the operator would not infer', () => {
    const { graph, node } = sum();
    const outputs = node.outputs.map((output) => ({ ...output, shape: [3] }));
    expect(() => verify({ ...graph, nodes: [{ ...node, outputs }], outputs: new Map() })).toThrow(
      /not what the operator infers/,
    );
  });

  it('finds a name that is used twice, and an output that nobody makes', () => {
    const { graph, node } = sum();
    expect(() => verify({ ...graph, nodes: [node, node] })).toThrow(/used twice/);
    expect(() => verify({ ...graph, nodes: [] })).toThrow(/output Add is not made/);
  });
});

describe('the passes', () => {
  it('drop what no output needs', () => {
    const b = new GraphBuilder('dead');
    const [x, z] = [b.input('x', [2]), b.input('z', [2])];
    mul(b, z, z);
    const graph = b.finish({ y: add(b, x, x) });
    expect(eliminateDeadNodes(graph).nodes.map(({ op }) => op)).toEqual(['Add']);
    expect(pruneUnusedInputs(graph).inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('compute equal expressions once, and the result stays the same', () => {
    const b = new GraphBuilder('equal');
    const x = b.input('x', [2]);
    const [left, right] = [mul(b, add(b, x, x), x), mul(b, add(b, x, x), x)];
    const graph = b.finish({ y: add(b, left, right) });
    const shared = verify(shareEqualNodes(graph));
    expect(shared.nodes.map(({ op }) => op)).toEqual(['Add', 'Mul', 'Add']);
    const feeds = new Map([['x', Float64Array.of(2, 3)]]);
    expect(evaluate(shared, feeds).get('y')!.data).toEqual(evaluate(graph, feeds).get('y')!.data);
  });

  it('tell operators with other attributes apart', () => {
    const b = new GraphBuilder('apart');
    const [x, w] = [b.input('x', [2, 2]), b.input('w', [2, 2])];
    const graph = b.finish({ y: add(b, gemm(b, x, w), gemm(b, x, w, { transB: 1 })) });
    expect(shareEqualNodes(graph).nodes).toHaveLength(3);
  });

  it('cut behind what no parameter reaches, and both halves together are the whole', () => {
    const b = new GraphBuilder('cut');
    const [image, p] = [b.input('image', [2, 2]), b.parameter('p', [2])];
    const frozen = mul(b, image, image);
    const view = reshape(b, frozen, [4]);
    const y = add(b, mul(b, frozen, p), reshape(b, view, [2, 2]));
    const graph = b.finish({ y });
    const { prefix, suffix, frontier } = splitFrozenPrefix(graph, [image], [p]);
    // The reshaped views are followed back to the one tensor behind them.
    expect(frontier).toEqual([frozen]);
    verify(prefix);
    verify(suffix);
    expect(suffix.inputs.map(({ name }) => name)).toEqual(['Mul', 'p']);
    const feeds = new Map([
      ['image', Float64Array.of(1, 2, 3, 4)],
      ['p', Float64Array.of(5, 6)],
    ]);
    const cached = evaluate(prefix, feeds).get('Mul')!.data;
    const whole = evaluate(graph, feeds).get('y')!.data;
    expect(
      evaluate(
        suffix,
        new Map([
          ['Mul', cached],
          ['p', feeds.get('p')!],
        ]),
      ).get('y')!.data,
    ).toEqual(whole);
  });
});

describe('counted operations', () => {
  it('are two for each multiply-add of a product', () => {
    const b = new GraphBuilder('count');
    const y = gemm(b, b.input('x', [5, 7]), b.input('w', [3, 7]), { transB: 1 });
    expect(flopsOf(b.finish({ y }))).toBe(2 * 5 * 7 * 3);
  });
});
