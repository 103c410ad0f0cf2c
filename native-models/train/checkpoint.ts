/**
 * Where a run stands: trained tensors, optimiser moments, the position in the epoch, and what a resumed run could not find
 * out again: the photos that it began without, the last epoch's report. Generators have no state to
 * keep, since every draw is a function of seed and position; the plan is part of the fingerprint.
 */
import { readFile } from 'node:fs/promises';
import { EngineError } from '../errors.ts';
import type { SafetensorsBuffer } from '../formats/safetensors.ts';
import { encodeSafetensors, parseSafetensors, tensorFloat32, tensorInt64 } from '../formats/safetensors.ts';
import { writeAtomic } from '../formats/write-atomic.ts';
import type { AdamW } from './adamw.ts';
import type { BestWeights, Score } from './best-weights.ts';

export interface Position {
  /** Epochs finished. */
  readonly epoch: number;
  /** Batches of the current epoch finished. */
  readonly batch: number;
  /** Sum of their losses, for the epoch's mean. */
  readonly lossSum: number;
}

export interface RunState {
  readonly optimizer: AdamW;
  readonly best: BestWeights;
  readonly position: Position;
  /** Names everything that a resumed run must share with this one. */
  readonly fingerprint: string;
  /** Numbers of the photos that the run began without. */
  readonly leftOut: readonly number[];
  /** What the host made of the last epoch's report; null before there is one. */
  readonly lastEpoch: string | null;
}

const FORMAT = 'dtl-studio-checkpoint-1';
const LEFT_OUT = 'left_out';

export async function writeCheckpoint(path: string, state: RunState): Promise<void> {
  const { optimizer, best, position, fingerprint, leftOut, lastEpoch } = state;
  const tensors = [...optimizer.parameters.keys()].flatMap((name) =>
    [
      [`parameter.${name}`, optimizer.parameters.get(name)!] as const,
      [`m.${name}`, optimizer.firstMoments.get(name)!] as const,
      [`v.${name}`, optimizer.secondMoments.get(name)!] as const,
    ].map(([label, values]) => tensorOf(label, values)),
  );
  const kept = [...best.values].map(([name, values]) => tensorOf(`best.${name}`, values));
  const bytes = encodeSafetensors([...tensors, ...kept, numbersOf(LEFT_OUT, leftOut)], {
    format: FORMAT,
    fingerprint,
    optimizer_step: String(optimizer.step),
    epoch: String(position.epoch),
    batch: String(position.batch),
    loss_sum: String(position.lossSum),
    ...(best.score === null ? {} : { best: JSON.stringify(best.score) }),
    ...(lastEpoch === null ? {} : { last_epoch: lastEpoch }),
  });
  await writeAtomic(path, bytes);
}

function numbersOf(name: string, numbers: readonly number[]) {
  const values = BigInt64Array.from(numbers, BigInt);
  return { name, dtype: 'int64' as const, shape: [values.length], data: new Uint8Array(values.buffer) };
}

function tensorOf(name: string, values: Float32Array) {
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dtype: 'float32' as const, shape: [values.length], data };
}

/** Null where there is none. Throws `checkpoint.damaged`. */
export async function openCheckpoint(path: string): Promise<SafetensorsBuffer | null> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  const file = parseSafetensors(bytes, path);
  if (file.metadata.get('format') !== FORMAT)
    throw new EngineError('checkpoint.damaged', `${path} is not a checkpoint that this version reads.`);
  return file;
}

/** Numbers of the photos that the run began without; none in a checkpoint from before they were kept. */
export function leftOutOf(file: SafetensorsBuffer): ReadonlySet<number> {
  const entry = file.tensors.get(LEFT_OUT);
  return new Set(entry === undefined ? [] : Array.from(tensorInt64(file, entry), Number));
}

/** Puts a checkpoint into `optimizer` and `best`. Throws `checkpoint.mismatch`, `checkpoint.damaged`. */
export function restoreCheckpoint(
  file: SafetensorsBuffer,
  { optimizer, best, fingerprint }: Pick<RunState, 'optimizer' | 'best' | 'fingerprint'>,
): Pick<RunState, 'position' | 'lastEpoch'> {
  const { path } = file;
  if (file.metadata.get('fingerprint') !== fingerprint) {
    throw new EngineError(
      'checkpoint.mismatch',
      'This run cannot be continued: its photos or its settings are not those it was started with. The checkpoint is kept; put the photos back, or start a new run.',
    );
  }
  const load = (label: string, into: Float32Array): void => {
    const entry = file.tensors.get(label);
    const values = entry === undefined ? null : tensorFloat32(file, entry);
    if (values?.length !== into.length)
      throw new EngineError('checkpoint.damaged', `${path} does not hold ${label} as expected.`);
    into.set(values);
  };
  for (const [name, values] of optimizer.parameters) {
    load(`parameter.${name}`, values);
    load(`m.${name}`, optimizer.firstMoments.get(name)!);
    load(`v.${name}`, optimizer.secondMoments.get(name)!);
  }
  best.score = bestScore(file.metadata.get('best'), path);
  if (best.score !== null) {
    for (const [name, values] of optimizer.parameters) {
      const own = new Float32Array(values.length);
      load(`best.${name}`, own);
      best.values.set(name, own);
    }
  }
  const number = (key: string): number => Number(file.metadata.get(key));
  optimizer.step = number('optimizer_step');
  return {
    position: { epoch: number('epoch'), batch: number('batch'), lossSum: number('loss_sum') },
    lastEpoch: file.metadata.get('last_epoch') ?? null,
  };
}

function bestScore(text: string | undefined, path: string): Score | null {
  if (text === undefined) return null;
  const score: unknown = JSON.parse(text);
  if (typeof score === 'object' && score !== null && 'epoch' in score && 'accuracy' in score && 'loss' in score) {
    const [epoch, accuracy, loss] = [score.epoch, score.accuracy, score.loss].map(Number);
    return { epoch: epoch!, accuracy: accuracy!, loss: loss! };
  }
  throw new EngineError('checkpoint.damaged', `${path} does not say how good its best weights are.`);
}
