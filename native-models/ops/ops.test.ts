import { describe, expect, it } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { Random } from '../data/random.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/types.ts';
import { elementCount } from '../graph/types.ts';
import { verify } from '../graph/verify.ts';
import { evaluate, referenceKernels } from '../reference/evaluate.ts';
import { relativeL2 } from '../reference/finite-differences.ts';
import { checkGradients } from '../reference/gradient-check.ts';
import { EngineSession } from '../runtime/session.ts';
import type { OpCase, OpDefinition } from './define.ts';
import { operators, registryOf } from './index.ts';
import { mul } from './mul.ts';
import { reduceSum } from './reduce-sum.ts';
import { add } from './add.ts';

/** Reads codes, which no case can draw; tested in a file of its own. */
const TESTED_APART = 'QuantisedLinear';

const cases = [...operators.values()].flatMap((op) =>
  op.cases.map((opCase) => ({ name: `${op.name}: ${opCase.title}`, op, opCase })),
);

function feedsOf(opCase: OpCase): Map<string, Float64Array> {
  const [low, high] = opCase.range ?? [-1, 1];
  const random = new Random(7, ['case', opCase.title]);
  return new Map(
    opCase.shapes.flatMap((shape, index) =>
      shape === null
        ? []
        : [
            [
              `x${index}`,
              // Float32 values, so that the runtime and the evaluator start from the same numbers.
              Float64Array.from({ length: elementCount(shape) }, () =>
                Math.fround(low + (high - low) * random.uniform()),
              ),
            ],
          ],
    ),
  );
}

/** loss = sum over all outputs of r y, with fixed random r, so that no gradient is hidden by symmetry. */
function caseGraph(op: OpDefinition, opCase: OpCase): { graph: Graph; gradientOf: Map<string, string> } {
  const b = new GraphBuilder('case');
  const inputs = opCase.shapes.map((shape, index) => (shape === null ? null : b.parameter(`x${index}`, shape)));
  const outputs = b.apply(op, inputs, opCase.attributes);
  const named = new Map<string, Value>(outputs.map((output, index) => [`y${index}`, output]));
  const gradientOf = new Map<string, string>();
  if (opCase.differentiable.length > 0) {
    // Split differentiates through every output; the others through the first (further ones are statistics).
    const seen = op.name === 'Split' ? outputs : outputs.slice(0, 1);
    const random = new Random(3, ['weights', opCase.title]);
    const terms = seen.map((y) => {
      const r = b.constant(
        'r',
        y.shape,
        Float32Array.from({ length: elementCount(y.shape) }, () => random.uniform() + 0.5),
      );
      return reduceSum(
        b,
        mul(b, y, r),
        y.shape.map((_, axis) => axis),
        false,
      );
    });
    const loss = terms.reduce((sum, term) => add(b, sum, term));
    named.set('loss', loss);
    const wanted = opCase.differentiable.map((index) => inputs[index]!);
    const { ofParameters } = gradients(b, loss, wanted);
    for (const value of wanted) {
      gradientOf.set(value.name, `grad.${value.name}`);
      named.set(`grad.${value.name}`, ofParameters.get(value)!);
    }
  }
  return { graph: verify(b.finish(named)), gradientOf };
}

describe('every operator', () => {
  it('has a float64 kernel, and every kernel an operator', () => {
    expect([...referenceKernels.keys()].sort()).toEqual([...operators.keys()].sort());
  });

  it('has cases, and differentiable ones unless it has no gradient', () => {
    for (const op of operators.values()) {
      if (op.name === TESTED_APART) continue;
      expect(op.cases.length, op.name).toBeGreaterThan(0);
      expect(
        op.cases.some(({ differentiable }) => differentiable.length > 0),
        op.name,
      ).toBe(op.gradient !== null);
    }
  });

  it('has a name of its own', () => {
    const [some] = operators.values();
    expect(() => registryOf([some!, some!])).toThrow(/Two operators/);
  });

  it.each(cases.filter(({ opCase }) => opCase.differentiable.length > 0))(
    'agrees with finite differences in float64: $name',
    ({ op, opCase }) => {
      const { graph, gradientOf } = caseGraph(op, opCase);
      const checked = checkGradients({ graph, loss: 'loss', gradientOf, feeds: feedsOf(opCase), step: 1e-3 });
      expect(checked.size).toBe(opCase.differentiable.length);
      for (const [name, { analytic, numeric }] of checked) {
        expect(relativeL2(analytic, numeric), name).toBeLessThanOrEqual(1e-6);
      }
    },
  );

  it.each(cases)('is computed by the runtime as by the float64 evaluator: $name', async ({ op, opCase }) => {
    const { graph } = caseGraph(op, opCase);
    const feeds = feedsOf(opCase);
    const expected = evaluate(graph, feeds);
    const session = await EngineSession.create(graph, { threads: 1, weightsFolder: null });
    const actual = await session.run(new Map([...feeds].map(([name, data]) => [name, Float32Array.from(data)])));
    await session.release();
    expect([...actual.keys()]).toEqual([...expected.keys()]);
    for (const [name, { data }] of expected) {
      expect(relativeL2(actual.get(name)!, data), name).toBeLessThanOrEqual(1e-5);
    }
  });
});
