/**
 * Multinomial logistic regression on frozen pooled features, fitted by L-BFGS to its optimum: the second method, the
 * yardstick of every run, and the default start of the head ("LP-FT", Kumar et al. 2022).
 *
 * Features are standardised with the training photos' mean and deviation; the scaling is folded back into W and b, so
 * that the result is an ordinary head. There is no learning rate: the objective is convex. The decay is chosen on
 * validation accuracy, then validation loss.
 */
import { gradientName, LOGITS, LOSS, TARGETS } from './graphs.ts';
import { HEAD_BIAS, HEAD_WEIGHT, injectHead } from '../adapters/head.ts';
import { gradients } from '../autodiff/gradients.ts';
import { rowsOf } from '../data/slices.ts';
import { classWeightsOf, denseTargets } from '../data/targets.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/types.ts';
import { crossEntropy } from '../ops/cross-entropy.ts';
import { EngineSession } from '../runtime/session.ts';
import { BatchSum } from './accumulate.ts';
import { LBFGS_DEFAULTS, minimize } from './lbfgs.ts';

export interface FeatureSet {
  /** [n, d] */
  readonly features: Float32Array;
  readonly labels: readonly number[];
}

export interface ProbeOptions {
  readonly train: FeatureSet;
  /** Null where no photo is held out: the middle decay is taken. */
  readonly validation: FeatureSet | null;
  readonly width: number;
  readonly classes: number;
  readonly classWeights: 'none' | 'balanced';
  readonly threads: number;
  readonly onFit?: (done: number, total: number) => void;
  readonly checkStopped: () => Promise<void>;
}

export interface Probe {
  /** Head on the features as they are: [C, d] and [C]. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly weightDecay: number;
}

export interface FittedProbes {
  /** Best on validation: the yardstick, and the result of the linear method. */
  readonly best: Probe;
  /**
   * The most strongly decayed probe within one standard error of the best (the rule of Breiman et al. 1984): where a
   * side network starts. A weakly decayed head fits a small training set without error and leaves it nothing to learn from.
   */
  readonly start: Probe;
}

/** Strong to weak, so that each fit starts from a smoother one. */
export const PROBE_DECAYS: readonly number[] = [1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001];
const DECAY_WITHOUT_VALIDATION = 0.3;
const ROWS_AT_ONCE = 2048;
const FEATURES = 'features';

export async function fitLinearProbe(options: ProbeOptions): Promise<FittedProbes> {
  const { train, validation, width, classes } = options;
  const scaling = standardisation(train.features, width);
  const rows = Math.min(train.labels.length, ROWS_AT_ONCE);
  const session = await EngineSession.create(probeGraph(rows, width, classes), {
    threads: options.threads,
    weightsFolder: null,
  });
  const data = standardised(train.features, width, scaling);
  const targets = denseTargets(train.labels, {
    classes,
    labelSmoothing: 0,
    classWeights: classWeightsOf(train.labels, classes, options.classWeights),
  });
  const decays = validation === null ? [DECAY_WITHOUT_VALIDATION] : PROBE_DECAYS;
  let point: Float64Array = new Float64Array(classes * width + classes);
  const judged: JudgedProbe[] = [];
  for (const [index, weightDecay] of decays.entries()) {
    const objective = async (x: Float64Array, gradient: Float64Array): Promise<number> => {
      await options.checkStopped();
      return penalised(session, x, gradient, { data, targets, rows, width, classes, weightDecay });
    };
    point = (await minimize(objective, point, LBFGS_DEFAULTS)).x;
    const probe = { ...unfolded(point, width, classes, scaling), weightDecay };
    judged.push({
      probe,
      ...(validation === null ? { accuracy: 0, loss: 0 } : judge(probe, validation, width, classes)),
    });
    options.onFit?.(index + 1, decays.length);
  }
  await session.release();
  return select(judged, validation?.labels.length ?? 1);
}

interface JudgedProbe {
  readonly probe: Probe;
  readonly accuracy: number;
  readonly loss: number;
}

/** `judged` from strong to weak decay. */
function select(judged: readonly JudgedProbe[], validationCount: number): FittedProbes {
  const best = judged.reduce((a, b) =>
    b.accuracy > a.accuracy || (b.accuracy === a.accuracy && b.loss < a.loss) ? b : a,
  );
  const standardError = Math.sqrt((best.accuracy * (1 - best.accuracy)) / validationCount);
  const start = judged.find(({ accuracy }) => accuracy >= best.accuracy - standardError) ?? best;
  return { best: best.probe, start: start.probe };
}

/** Head of the form [C, d], [C] on features [n, d] -> logits [n, C]. */
export function applyHead(
  weight: Float32Array,
  bias: Float32Array,
  features: Float32Array,
  width: number,
): Float32Array {
  const classes = bias.length;
  const count = features.length / width;
  const logits = new Float32Array(count * classes);
  for (let row = 0; row < count; row++) {
    for (let c = 0; c < classes; c++) {
      let sum = bias[c]!;
      for (let i = 0; i < width; i++) sum += features[row * width + i]! * weight[c * width + i]!;
      logits[row * classes + c] = sum;
    }
  }
  return logits;
}

interface Scaling {
  readonly mean: Float64Array;
  readonly inverse: Float64Array;
}

function standardisation(features: Float32Array, width: number): Scaling {
  const count = features.length / width;
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  for (let at = 0; at < features.length; at++) mean[at % width]! += features[at]! / count;
  for (let at = 0; at < features.length; at++) square[at % width]! += (features[at]! - mean[at % width]!) ** 2 / count;
  // A feature that never varies carries nothing; dividing by its deviation would only blow up rounding.
  return { mean, inverse: square.map((variance) => (variance > 1e-12 ? 1 / Math.sqrt(variance) : 0)) };
}

function standardised(features: Float32Array, width: number, { mean, inverse }: Scaling): Float32Array {
  return features.map((value, at) => (value - mean[at % width]!) * inverse[at % width]!);
}

export function probeGraph(rows: number, width: number, classes: number): Graph {
  const b = new GraphBuilder('probe');
  const head = injectHead(b, b.input(FEATURES, [rows, width]), classes);
  const loss = crossEntropy(b, head.logits, b.input(TARGETS, [rows, classes]));
  const { ofParameters } = gradients(b, loss, [...head.parameters.values()]);
  const outputs = new Map<string, Value>([
    [LOSS, loss],
    [LOGITS, head.logits],
  ]);
  for (const [parameter, gradient] of ofParameters) outputs.set(gradientName(parameter.name), gradient);
  return b.finish(outputs);
}

interface ProbeData {
  readonly data: Float32Array;
  readonly targets: Float32Array;
  readonly rows: number;
  readonly width: number;
  readonly classes: number;
  readonly weightDecay: number;
}

/** Mean cross entropy + decay / 2 |W|^2 of the standardised weights; the bias is free. */
async function penalised(
  session: EngineSession,
  x: Float64Array,
  gradient: Float64Array,
  probe: ProbeData,
): Promise<number> {
  const { data, targets, rows, width, classes, weightDecay } = probe;
  const sum = new BatchSum();
  const weight = Float32Array.from(x.subarray(0, classes * width));
  const bias = Float32Array.from(x.subarray(classes * width));
  const count = data.length / width;
  for (let start = 0; start < count; start += rows) {
    const used = Math.min(rows, count - start);
    const outputs = await session.run(
      new Map([
        [HEAD_WEIGHT, weight],
        [HEAD_BIAS, bias],
        [FEATURES, rowsOf(data, width, start, used, rows)],
        [TARGETS, rowsOf(targets, classes, start, used, rows)],
      ]),
    );
    sum.add(outputs);
  }
  gradient.set(sum.gradients.get(HEAD_WEIGHT) ?? []);
  gradient.set(sum.gradients.get(HEAD_BIAS) ?? [], classes * width);
  let penalty = 0;
  for (let i = 0; i < classes * width; i++) {
    penalty += x[i]! * x[i]!;
    gradient[i]! += weightDecay * x[i]!;
  }
  return sum.loss + 0.5 * weightDecay * penalty;
}

/** W z + b with z = (f - mean) inverse becomes a head on f itself. */
function unfolded(point: Float64Array, width: number, classes: number, { mean, inverse }: Scaling) {
  const weight = new Float32Array(classes * width);
  const bias = new Float32Array(classes);
  for (let c = 0; c < classes; c++) {
    let shift = point[classes * width + c]!;
    for (let i = 0; i < width; i++) {
      const scaled = point[c * width + i]! * inverse[i]!;
      weight[c * width + i] = scaled;
      shift -= scaled * mean[i]!;
    }
    bias[c] = shift;
  }
  return { weight, bias };
}

function judge(
  probe: Probe,
  { features, labels }: FeatureSet,
  width: number,
  classes: number,
): { accuracy: number; loss: number } {
  const logits = applyHead(probe.weight, probe.bias, features, width);
  let hits = 0;
  let loss = 0;
  labels.forEach((label, row) => {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    const top = scores.reduce((most, score) => Math.max(most, score), -Infinity);
    if (scores.indexOf(top) === label) hits++;
    loss += top + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - top), 0)) - scores[label]!;
  });
  return { accuracy: hits / labels.length, loss: loss / labels.length };
}
