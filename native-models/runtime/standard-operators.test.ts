import './silence.ts';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Random } from '../data/random.ts';
import { toOnnx } from '../emit/to-onnx.ts';
import { encodeModel } from '../formats/onnx.ts';
import type { OnnxModel } from '../formats/onnx.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { elementCount } from '../graph/types.ts';
import { operators } from '../ops/index.ts';
import { gelu } from '../ops/gelu.ts';
import { evaluate } from '../reference/evaluate.ts';
import { relativeL2 } from '../reference/finite-differences.ts';

const cases = [...operators.values()].flatMap((op) =>
  op.cases.map((opCase) => ({ name: `${op.name}: ${opCase.title}`, op, opCase })),
);

describe('an operator in the spelling of the ONNX standard', () => {
  it.each(cases)('is computed by the runtime as by the float64 evaluator: $name', async ({ op, opCase }) => {
    const b = new GraphBuilder('case');
    const inputs = opCase.shapes.map((shape, index) => (shape === null ? null : b.input(`x${index}`, shape)));
    const outputs = b.apply(op, inputs, opCase.attributes);
    const graph = b.finish(new Map(outputs.map((output, index) => [`y${index}`, output])));
    const model = toOnnx(graph, 'standard');
    expect(model.opsets).toEqual([{ domain: '', version: 18 }]);
    const [low, high] = opCase.range ?? [-1, 1];
    const random = new Random(7, ['standard', opCase.title]);
    const feeds = new Map(
      graph.inputs.map(({ name, shape }) => [
        name,
        Float64Array.from({ length: elementCount(shape) }, () => Math.fround(low + (high - low) * random.uniform())),
      ]),
    );
    const session = await InferenceSession.create(encodeModel(model));
    const results = await session.run(
      Object.fromEntries(
        graph.inputs.map(({ name, shape }) => [
          name,
          new Tensor('float32', Float32Array.from(feeds.get(name)!), shape),
        ]),
      ),
    );
    await session.release();
    for (const [name, { data }] of evaluate(graph, feeds)) {
      const actual = results[name]?.data;
      expect(actual, name).toBeInstanceOf(Float32Array);
      expect(relativeL2(actual as Float32Array, data), name).toBeLessThanOrEqual(1e-5);
    }
  });

  it('is used only where it is asked for', () => {
    const b = new GraphBuilder('own');
    const graph = b.finish({ y: gelu(b, b.input('x', [2])) });
    const domains = (model: OnnxModel) => model.graph.nodes.map(({ domain }) => domain);
    expect(domains(toOnnx(graph))).toContain('com.microsoft');
    expect(domains(toOnnx(graph, 'standard'))).not.toContain('com.microsoft');
  });
});
