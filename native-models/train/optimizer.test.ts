import { describe, expect, it } from 'vitest';
import { AdamW, parameterGroups } from './adamw.ts';
import { minimize } from './lbfgs.ts';
import { learningRate } from './schedule.ts';

describe('AdamW', () => {
  it('takes the steps of the published rule, decayed weights and all', () => {
    const values = Float32Array.of(1, -2);
    const optimizer = new AdamW(new Map([['w', values]]), [{ names: ['w'], weightDecay: 0.1, learningRateScale: 1 }]);
    const gradients = [
      [0.5, -1],
      [0.25, 3],
    ];
    const expected = [1, -2];
    const [m, v] = [
      [0, 0],
      [0, 0],
    ];
    gradients.forEach((gradient, index) => {
      optimizer.update(new Map([['w', gradient]]), 0.01);
      gradient.forEach((g, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.999 * v[i]! + 0.001 * g * g;
        const [mHat, vHat] = [m[i] / (1 - 0.9 ** (index + 1)), v[i] / (1 - 0.999 ** (index + 1))];
        expected[i] = expected[i]! * (1 - 0.01 * 0.1) - (0.01 * mHat) / (Math.sqrt(vHat) + 1e-8);
      });
    });
    expected.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 6));
  });

  it('leaves a parameter without a gradient as it is, not even decayed', () => {
    const [reached, unreached] = [Float32Array.of(1), Float32Array.of(1)];
    const names = ['a', 'b'];
    const optimizer = new AdamW(
      new Map([
        ['a', reached],
        ['b', unreached],
      ]),
      [{ names, weightDecay: 0.5, learningRateScale: 1 }],
    );
    optimizer.update(new Map([['a', [1]]]), 0.1);
    expect(reached[0]).not.toBe(1);
    expect(unreached[0]).toBe(1);
  });

  it('refuses a gradient that is no number before it changes anything', () => {
    const [a, b] = [Float32Array.of(1), Float32Array.of(1)];
    const optimizer = new AdamW(
      new Map([
        ['a', a],
        ['b', b],
      ]),
      parameterGroups(['a', 'b'], 0, 1),
    );
    expect(() =>
      optimizer.update(
        new Map([
          ['a', [1]],
          ['b', [NaN]],
        ]),
        0.1,
      ),
    ).toThrow(/gradient of b/);
    expect([a[0], b[0], optimizer.step]).toEqual([1, 1, 0]);
  });

  it('groups biases without decay and the head at its own rate', () => {
    const groups = parameterGroups(['blocks.0.dtl.up', 'head.weight', 'head.bias', 'dtl.conv'], 0.05, 0.1);
    const of = (name: string) => groups.find(({ names }) => names.includes(name));
    expect(of('blocks.0.dtl.up')).toBe(of('dtl.conv'));
    expect(of('dtl.conv')).toMatchObject({ weightDecay: 0.05, learningRateScale: 1 });
    expect(of('head.weight')).toMatchObject({ weightDecay: 0.05, learningRateScale: 0.1 });
    expect(of('head.bias')).toMatchObject({ weightDecay: 0, learningRateScale: 0.1 });
  });
});

describe('the schedule of the paper', () => {
  const schedule = { peak: 1e-3, warmupEpochs: 10, warmupFrom: 1e-7, cosineEpochs: 100, floor: 1e-8 };
  it.each([
    [0, 1e-7],
    [5, 1e-7 + 0.5 * (1e-3 - 1e-7)],
    // The cosine counts from epoch 0, so it does not begin at the peak.
    [10, 1e-8 + 0.5 * (1e-3 - 1e-8) * (1 + Math.cos(Math.PI / 10))],
    [50, 1e-8 + 0.5 * (1e-3 - 1e-8)],
    [100, 1e-8],
    [109, 1e-8],
  ])('gives epoch %i the rate %f', (epoch, rate) => {
    expect(learningRate(schedule, epoch)).toBeCloseTo(rate, 12);
  });

  it('starts at the peak without a warm-up', () => {
    expect(learningRate({ ...schedule, warmupEpochs: 0 }, 0)).toBeCloseTo(1e-3, 12);
  });
});

describe('L-BFGS', () => {
  it('finds the minimum of an ill-conditioned quadratic', async () => {
    const scales = [1, 10, 100, 1000];
    const objective = (x: Float64Array, gradient: Float64Array): Promise<number> => {
      let value = 0;
      scales.forEach((scale, i) => {
        const d = x[i]! - i;
        value += 0.5 * scale * d * d;
        gradient[i] = scale * d;
      });
      return Promise.resolve(value);
    };
    const { x, iterations } = await minimize(objective, new Float64Array(4));
    x.forEach((value, i) => expect(value).toBeCloseTo(i, 5));
    expect(iterations).toBeLessThan(40);
  });

  it('descends the valley of Rosenbrock’s function', async () => {
    const objective = (x: Float64Array, gradient: Float64Array): Promise<number> => {
      const [a, b] = [x[0]!, x[1]!];
      gradient[0] = -2 * (1 - a) - 400 * a * (b - a * a);
      gradient[1] = 200 * (b - a * a);
      return Promise.resolve((1 - a) ** 2 + 100 * (b - a * a) ** 2);
    };
    const { x } = await minimize(objective, Float64Array.of(-1.2, 1));
    expect(x[0]).toBeCloseTo(1, 4);
    expect(x[1]).toBeCloseTo(1, 4);
  });
});
