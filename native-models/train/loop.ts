/** The epochs of a run: batches in seeded order, gradients summed over micro-batches, one AdamW update a batch. */
import { epochBatches } from '../data/order.ts';
import { rowsOf } from '../data/slices.ts';
import type { LossOptions } from '../data/targets.ts';
import { denseTargets } from '../data/targets.ts';
import { EngineError } from '../errors.ts';
import { blockCount } from '../models/backbone-spec.ts';
import type { EngineSession } from '../runtime/session.ts';
import { BatchSum } from './accumulate.ts';
import type { AdamW } from './adamw.ts';
import type { PhotoFeeds } from './batch-feeds.ts';
import type { Position } from './checkpoint.ts';
import { diverged } from './diverged.ts';
import { drawBranchScales } from './drop-path.ts';
import { TARGETS } from './graphs.ts';
import { learningRate } from './schedule.ts';
import type { TrainHost, TrainOptions, TrainPhoto } from './types.ts';

export interface LoopOptions {
  readonly options: TrainOptions;
  readonly session: () => Promise<EngineSession>;
  readonly feeds: PhotoFeeds;
  readonly photos: readonly TrainPhoto[];
  /** Rows of the photos that are trained on. */
  readonly trainRows: readonly number[];
  readonly loss: LossOptions;
  readonly optimizer: AdamW;
  readonly host: TrainHost;
  /** Keeps the position: at the end of every epoch, and when the run is asked to stop. */
  readonly save: (position: Position) => Promise<void>;
  /** Called when an epoch is complete, before it is saved. */
  readonly epochDone: (epoch: number, meanLoss: number, rate: number, photosPerSecond: number | null) => Promise<void>;
}

/** Runs from `start` to the last epoch; returns the epochs done and whether somebody stopped it. */
export async function trainEpochs(
  loop: LoopOptions,
  start: Position,
): Promise<{ epochsDone: number; stopped: boolean }> {
  const { options, host } = loop;
  const { epochs, batchSize, dropLastBatch } = options.recipe;
  let position = start;
  try {
    while (position.epoch < epochs) {
      const { epoch } = position;
      const batches = epochBatches(loop.trainRows.length, batchSize, options.seed, epoch, dropLastBatch);
      const rate = learningRate(scheduleOf(options), epoch);
      const startedAt = performance.now();
      let photosDone = 0;
      for (const [index, batch] of batches.entries()) {
        if (index < position.batch) continue;
        const rows = rowsOfBatch(loop, batch);
        const loss = await updateOnce(loop, rows, rowsOfBatch(loop, batches[index + 1] ?? []), epoch, rate);
        position = { epoch, batch: index + 1, lossSum: position.lossSum + loss };
        photosDone += rows.length;
        host.progress('training', epoch * batches.length + index + 1, epochs * batches.length);
      }
      const seconds = (performance.now() - startedAt) / 1000;
      // An epoch that was only evaluated again after a resume has no speed to report.
      const speed = photosDone === 0 ? null : photosDone / seconds;
      await loop.epochDone(epoch + 1, position.lossSum / batches.length, rate, speed);
      position = { epoch: epoch + 1, batch: 0, lossSum: 0 };
      await loop.save(position);
    }
    return { epochsDone: position.epoch, stopped: false };
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'stopped') throw error;
    await loop.save(position);
    return { epochsDone: position.epoch, stopped: true };
  }
}

function scheduleOf({ recipe }: TrainOptions) {
  const { learningRate: peak, warmupEpochs, warmupFrom, cosineEpochs, learningRateFloor: floor } = recipe;
  return { peak, warmupEpochs, warmupFrom, cosineEpochs, floor };
}

function rowsOfBatch({ trainRows }: LoopOptions, batch: ArrayLike<number>): number[] {
  return Array.from(batch, (at) => trainRows[at]!);
}

/**
 * One batch; a stop between its micro-batches leaves the parameters as they were before it. `rowsAfter` are those of the
 * next batch.
 */
async function updateOnce(
  loop: LoopOptions,
  rows: readonly number[],
  rowsAfter: readonly number[],
  epoch: number,
  rate: number,
): Promise<number> {
  const { options, feeds, photos, loss, optimizer, host } = loop;
  const { spec, plan, recipe, seed } = options;
  const targets = denseTargets(
    rows.map((row) => photos[row]!.label),
    loss,
  );
  const sum = new BatchSum();
  const session = await loop.session();
  for (let start = 0; start < rows.length; start += plan.microBatch) {
    await host.checkStopped();
    const part = rows.slice(start, start + plan.microBatch);
    const filled = await feeds.fill(part, { epoch });
    const next = rows.slice(start + plan.microBatch, start + 2 * plan.microBatch);
    if (next.length > 0) feeds.readAhead(next);
    else if (rowsAfter.length > 0) feeds.readAhead(rowsAfter.slice(0, plan.microBatch));
    const inputs = new Map([...filled, ...optimizer.parameters]);
    inputs.set(TARGETS, rowsOf(targets, loss.classes, start, part.length, plan.microBatch));
    if (recipe.dropPath > 0) {
      const ids = part.map((row) => photos[row]!.id);
      const draw = { seed, epoch, depth: blockCount(spec), dropPath: recipe.dropPath };
      for (const [name, values] of drawBranchScales(ids, plan.microBatch, draw)) inputs.set(name, values);
    }
    sum.add(await session.run(inputs));
  }
  if (!Number.isFinite(sum.loss)) throw diverged(epoch + 1);
  optimizer.update(sum.gradients, rate);
  return sum.loss;
}
