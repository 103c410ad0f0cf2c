/**
 * Where a run stands: trained tensors, optimiser moments and the position in the epoch. Generators have no state to
 * keep, since every draw is a function of seed and position; the plan is part of the fingerprint.
 */
import { readFile } from 'node:fs/promises';
import { EngineError } from '../errors.ts';
import { encodeSafetensors, parseSafetensors, tensorFloat32 } from '../formats/safetensors.ts';
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

const FORMAT = 'dtl-studio-checkpoint-1';

/** `fingerprint` names everything that a resumed run must share with this one. */
export async function writeCheckpoint(
  path: string,
  optimizer: AdamW,
  position: Position,
  fingerprint: string,
  best: BestWeights,
): Promise<void> {
  const tensors = [...optimizer.parameters.keys()].flatMap((name) =>
    [
      [`parameter.${name}`, optimizer.parameters.get(name)!] as const,
      [`m.${name}`, optimizer.firstMoments.get(name)!] as const,
      [`v.${name}`, optimizer.secondMoments.get(name)!] as const,
    ].map(([label, values]) => tensorOf(label, values)),
  );
  const kept = [...best.values].map(([name, values]) => tensorOf(`best.${name}`, values));
  const bytes = encodeSafetensors([...tensors, ...kept], {
    format: FORMAT,
    fingerprint,
    optimizer_step: String(optimizer.step),
    epoch: String(position.epoch),
    batch: String(position.batch),
    loss_sum: String(position.lossSum),
    ...(best.score === null ? {} : { best: JSON.stringify(best.score) }),
  });
  await writeAtomic(path, bytes);
}

function tensorOf(name: string, values: Float32Array) {
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, dtype: 'float32' as const, shape: [values.length], data };
}

/** Puts a checkpoint into `optimizer` and `best`; null where there is none. Throws `checkpoint.mismatch`, `checkpoint.damaged`. */
export async function readCheckpoint(
  path: string,
  optimizer: AdamW,
  fingerprint: string,
  best: BestWeights,
): Promise<Position | null> {
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
  return { epoch: number('epoch'), batch: number('batch'), lossSum: number('loss_sum') };
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
