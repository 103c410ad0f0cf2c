/** Runs `dtl step`: gradients of the parameters as given, and the losses and parameters of a few updates. */
import { trainedParameters } from '../adapters/method.ts';
import { classWeightsOf, denseTargets } from '../data/targets.ts';
import { rowsOf } from '../data/slices.ts';
import { EngineError } from '../errors.ts';
import { encodeSafetensors, readSafetensorsHeader, tensorNamed } from '../formats/safetensors.ts';
import { elementCount } from '../graph/types.ts';
import { openWeightFile } from '../models/weight-file.ts';
import { EngineSession } from '../runtime/session.ts';
import { BatchSum } from './accumulate.ts';
import { AdamW, parameterGroups } from './adamw.ts';
import { branchScaleName, IMAGES, LOGITS, TARGETS, trainingGraph } from './graphs.ts';
import type { StepInput } from './step-file.ts';
import { readStepInput } from './step-file.ts';

export interface StepOptions {
  readonly input: string;
  /** Updates on the same batch; 0 computes the gradient alone. */
  readonly steps: number;
  /** Photos in one run of the graph; the whole batch where it is not said. */
  readonly microBatch: number | null;
  readonly threads: number;
  /** Asked between micro-batches. */
  readonly checkStopped?: () => Promise<void>;
}

export interface StepOutput {
  readonly loss: number;
  readonly losses: readonly number[];
  readonly sideParameters: number;
  /** The answer as a safetensors file. */
  readonly bytes: Uint8Array;
}

const LEARNING_RATE = 1e-3;
const WEIGHT_DECAY = 0.05;

export async function runStepFile(options: StepOptions): Promise<StepOutput> {
  const file = await readSafetensorsHeader(options.input);
  const input = await readStepInput(file);
  const microBatch = Math.min(options.microBatch ?? input.labels.length, input.labels.length);
  const weights = await openWeightFile(options.input, 'backbone.');
  const { config } = input;
  const method = { name: config.kernel > 0 ? ('dtl+' as const) : ('dtl' as const), ...config };
  const { graph } = trainingGraph(
    { spec: input.spec, weights, method, classes: input.classes, batch: microBatch },
    input.dropPath,
  );
  const reached = new Set(trainedParameters(method, input.spec, input.classes).keys());
  const parameters = new Map([...input.parameters].filter(([name]) => reached.has(name)));
  const session = await EngineSession.create(graph, { threads: options.threads, weightsFolder: weights.folder });
  const compute = (): Promise<StepResult> => computeStep(session, input, parameters, microBatch, options.checkStopped);
  const first = await compute();
  const optimizer = new AdamW(parameters, parameterGroups(parameters.keys(), WEIGHT_DECAY, 1));
  const losses: number[] = [];
  let current = first;
  for (let step = 0; step < options.steps; step++) {
    if (step > 0) current = await compute();
    losses.push(current.loss);
    optimizer.update(current.gradients, LEARNING_RATE);
  }
  await session.release();

  const shapeOf = (ours: string): readonly number[] =>
    tensorNamed(file, `adapter.${input.fileNames.get(ours) ?? ours}`).shape;
  const tensors = [
    float32('logits', [input.labels.length, input.classes], first.logits),
    float32('loss', [1], Float32Array.of(first.loss)),
  ];
  for (const [ours, theirs] of input.fileNames) {
    const shape = shapeOf(ours);
    tensors.push(float32(`grad.${theirs}`, shape, first.gradients.get(ours) ?? new Float32Array(elementCount(shape))));
  }
  if (options.steps > 0) {
    tensors.push(float32('losses', [losses.length], Float32Array.from(losses)));
    for (const [ours, theirs] of input.fileNames) {
      tensors.push(float32(`after.${theirs}`, shapeOf(ours), parameters.get(ours) ?? input.parameters.get(ours)!));
    }
  }
  const sideParameters = [...parameters].reduce(
    (sum, [name, values]) => sum + (name.startsWith('head.') ? 0 : values.length),
    0,
  );
  return { loss: first.loss, losses, sideParameters, bytes: encodeSafetensors(tensors, { producer: 'dtl-studio' }) };
}

interface StepResult {
  readonly loss: number;
  readonly logits: Float32Array;
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

async function computeStep(
  session: EngineSession,
  input: StepInput,
  parameters: ReadonlyMap<string, Float32Array>,
  microBatch: number,
  checkStopped: StepOptions['checkStopped'],
): Promise<StepResult> {
  const { classes, labels, images } = input;
  const classWeights = classWeightsOf(labels, classes, 'none');
  const targets = denseTargets(labels, { classes, labelSmoothing: 0, classWeights });
  const photoSize = images.length / labels.length;
  const logits = new Float32Array(labels.length * classes);
  const sum = new BatchSum();
  for (let start = 0; start < labels.length; start += microBatch) {
    await checkStopped?.();
    const count = Math.min(microBatch, labels.length - start);
    const feeds = new Map(parameters);
    feeds.set(IMAGES, rowsOf(images, photoSize, start, count, microBatch));
    feeds.set(TARGETS, rowsOf(targets, classes, start, count, microBatch));
    for (const [branch, scale] of input.branchScales) {
      feeds.set(branchScaleName(branch), rowsOf(scale, 1, start, count, microBatch));
    }
    const outputs = await session.run(feeds);
    logits.set((outputs.get(LOGITS) ?? new Float32Array()).subarray(0, count * classes), start * classes);
    sum.add(outputs);
  }
  if (!Number.isFinite(sum.loss))
    throw new EngineError(
      'train.diverged',
      'The loss of this step is not a number: look for NaN in the input tensors.',
    );
  return { loss: sum.loss, logits, gradients: sum.gradients };
}

function float32(name: string, shape: readonly number[], values: Float32Array) {
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dtype: 'float32' as const, shape, data };
}
