/** AdamW (Loshchilov and Hutter 2019) on named float32 tensors, with PyTorch's order of operations and bias correction. */
import { EngineError } from '../errors.ts';

export interface ParameterGroup {
  readonly names: readonly string[];
  readonly weightDecay: number;
  /** The group's learning rate as a multiple of the schedule's. */
  readonly learningRateScale: number;
}

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

const ADAMW_DEFAULTS: AdamWOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

export class AdamW {
  readonly parameters: ReadonlyMap<string, Float32Array>;
  readonly firstMoments = new Map<string, Float32Array>();
  readonly secondMoments = new Map<string, Float32Array>();
  /** Updates made so far. */
  step = 0;
  readonly #groups: readonly ParameterGroup[];
  readonly #options: AdamWOptions;

  constructor(
    parameters: ReadonlyMap<string, Float32Array>,
    groups: readonly ParameterGroup[],
    options = ADAMW_DEFAULTS,
  ) {
    this.parameters = parameters;
    this.#groups = groups;
    this.#options = options;
    for (const [name, values] of parameters) {
      this.firstMoments.set(name, new Float32Array(values.length));
      this.secondMoments.set(name, new Float32Array(values.length));
    }
  }

  /** One update in place; a parameter without a gradient is neither updated nor decayed. Throws `train.diverged` for a gradient that is not finite. */
  update(gradients: ReadonlyMap<string, ArrayLike<number>>, learningRate: number): void {
    // Every gradient is looked at before anything is changed: a refused step leaves the parameters as they were.
    for (const [name, gradient] of gradients) {
      for (let i = 0; i < gradient.length; i++) {
        if (!Number.isFinite(gradient[i]!))
          throw new EngineError(
            'train.diverged',
            `The gradient of ${name} is not a number any more: the learning rate is too high.`,
          );
      }
    }
    this.step++;
    for (const group of this.#groups) {
      for (const name of group.names) {
        const gradient = gradients.get(name);
        if (gradient !== undefined)
          this.#updateOne(name, gradient, learningRate * group.learningRateScale, group.weightDecay);
      }
    }
  }

  #updateOne(name: string, gradient: ArrayLike<number>, learningRate: number, weightDecay: number): void {
    const { beta1, beta2, epsilon } = this.#options;
    const [values, m, v] = [this.parameters.get(name), this.firstMoments.get(name), this.secondMoments.get(name)];
    if (values?.length !== gradient.length || m === undefined || v === undefined) {
      throw new EngineError('train.gradient', `The gradient of ${name} has ${gradient.length} values.`);
    }
    const stepSize = learningRate / (1 - beta1 ** this.step);
    const correction = Math.sqrt(1 - beta2 ** this.step);
    for (let i = 0; i < values.length; i++) {
      const g = gradient[i]!;
      m[i] = m[i]! + (g - m[i]!) * (1 - beta1);
      v[i] = v[i]! * beta2 + g * g * (1 - beta2);
      const decayed = values[i]! * (1 - learningRate * weightDecay);
      values[i] = decayed - (stepSize * m[i]!) / (Math.sqrt(v[i]!) / correction + epsilon);
    }
  }
}

/** Biases are not decayed; the head may learn at its own rate. */
export function parameterGroups(
  names: Iterable<string>,
  weightDecay: number,
  headLearningRateScale: number,
): ParameterGroup[] {
  const groups = new Map<string, { names: string[]; weightDecay: number; learningRateScale: number }>();
  for (const name of names) {
    const decay = name.endsWith('.bias') ? 0 : weightDecay;
    const learningRateScale = name.startsWith('head.') ? headLearningRateScale : 1;
    const key = `${decay}/${learningRateScale}`;
    const group = groups.get(key) ?? { names: [], weightDecay: decay, learningRateScale };
    group.names.push(name);
    groups.set(key, group);
  }
  return [...groups.values()];
}
