import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { add } from '../ops/add.ts';
import { castOp } from '../ops/cast.ts';
import { mul } from '../ops/mul.ts';
import { reduceSum } from '../ops/reduce-sum.ts';
import { evaluate } from '../reference/evaluate.ts';
import { gradients } from './gradients.ts';

describe('gradients', () => {
  it('adds up what reaches a parameter on several paths', () => {
    const b = new GraphBuilder('paths');
    const p = b.parameter('p', [2]);
    const loss = reduceSum(b, add(b, mul(b, p, p), p), [0], false);
    const { ofParameters } = gradients(b, loss, [p]);
    const feeds = new Map([['p', Float64Array.of(3, -1)]]);
    const result = evaluate(b.finish({ g: ofParameters.get(p)! }), feeds);
    expect([...result.get('g')!.data]).toEqual([7, -1]);
  });

  it('builds nothing for a parameter that the loss does not reach', () => {
    const b = new GraphBuilder('apart');
    const [p, q] = [b.parameter('p', [2]), b.parameter('q', [2])];
    mul(b, q, q);
    const loss = reduceSum(b, p, [0], false);
    const { ofParameters, differentiated } = gradients(b, loss, [p, q]);
    expect(ofParameters.has(q)).toBe(false);
    expect(differentiated.has(q)).toBe(false);
  });

  it('gives no adjoint to an input that depends on no parameter', () => {
    const b = new GraphBuilder('frozen');
    const x = b.input('x', [2]);
    const p = b.parameter('p', [2]);
    const frozen = mul(b, x, x);
    const loss = reduceSum(b, mul(b, frozen, p), [0], false);
    const { differentiated } = gradients(b, loss, [p]);
    expect(differentiated.has(frozen)).toBe(false);
    expect(differentiated.has(x)).toBe(false);
  });

  it('names operator and node where a gradient is missing', () => {
    const b = new GraphBuilder('missing');
    const p = b.parameter('p', [2]);
    const cast = b.scope('stem', () => b.one(castOp, [p], { to: 'float32' }));
    const loss = reduceSum(b, cast, [0], false);
    expect(() => gradients(b, loss, [p])).toThrow(/Cast at stem\/Cast has no gradient/);
  });

  it('refuses a loss that is not a scalar', () => {
    const b = new GraphBuilder('vector');
    const p = b.parameter('p', [2]);
    expect(() => gradients(b, p, [p])).toThrow(/scalar, not \[2\]/);
  });
});
