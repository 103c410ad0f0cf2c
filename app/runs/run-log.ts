/** What a run tells in its log, as sentences. */
import type { EngineEvent } from '../contract/engine.ts';
import { count } from '../domain/count.ts';
import type { ChosenDevice } from '../domain/device.ts';
import { deviceTitles } from '../domain/device.ts';
import { asAppError } from '../domain/errors.ts';
import type { RunId } from '../domain/ids.ts';
import { configWords } from '../domain/setting-words.ts';
import { methodWords } from '../domain/method-words.ts';
import type { Evaluation, Run, RunLogLine } from '../domain/run.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { Store } from '../ports/repositories.ts';
import type { LeftOut, Selection } from './select-samples.ts';

/** A line that is not worth a run: none where it cannot be kept. */
export function appendIfPossible({ runs }: Pick<Store, 'runs'>, run: RunId, line: string): readonly RunLogLine[] {
  try {
    return runs.appendLog(run, [line]);
  } catch (error) {
    if (asAppError(error).kind === 'bug') throw error;
    return [];
  }
}

/** More names than anybody reads; the number of all is told beside them. */
const NAMED = 200;

/** What is known before anything is computed. */
export function preparedLines(
  run: Run,
  backbone: StoredBackbone,
  selection: Selection,
  warnings: readonly string[],
): readonly string[] {
  const { counts, excluded, notInSplit, leftOut } = selection;
  return [
    `${run.name}: ${methodWords(run.config.method, backbone.spec)} on ${backbone.name} ` +
      `(${backbone.identity.slice(0, 12)}), seed ${run.config.seed}.`,
    `${count(counts.train, 'photo')} for training, ${counts.validation} for validation, ${counts.test} for test; ` +
      `${count(run.classes.length, 'class', 'classes')}, label revision ${run.provenance.labelRevision}.`,
    `Settings: ${configWords(run.config)
      .map(({ name, value }) => `${name} ${value}`)
      .join('; ')}.`,
    ...(excluded === 0 ? [] : [`${count(excluded, 'labelled photo is', 'labelled photos are')} excluded.`]),
    ...(notInSplit === 0
      ? []
      : [`${count(notInSplit, 'labelled photo is', 'labelled photos are')} in no subset of the split.`]),
    ...warnings,
    ...leftOut.slice(0, NAMED).map(leftOutLine),
    ...(leftOut.length <= NAMED ? [] : [`${leftOut.length} photos were left out in all.`]),
  ];
}

export function leftOutLine({ path, reason }: LeftOut): string {
  return `Left out: ${path}: ${reason}`;
}

export function deviceLine({ name, why }: ChosenDevice): string {
  return `Device: ${deviceTitles[name]}. ${why}`;
}

/** What an attempt begins with; `fromEpoch`: of the checkpoint, null where there is none. */
export function beginLine(resumed: boolean, fromEpoch: number | null): string {
  if (!resumed) return 'Started.';
  if (fromEpoch === null) return 'Started again from the beginning: there is no checkpoint yet.';
  return fromEpoch === 0
    ? 'Goes on from the checkpoint in its first epoch.'
    : `Goes on from the checkpoint after ${count(fromEpoch, 'epoch')}.`;
}

export function epochLine(event: Extract<EngineEvent, { type: 'epoch' }>): string {
  const { epoch, epochs, trainLoss, validation, learningRate, imagesPerSecond } = event;
  const parts = [
    trainLoss === null ? '' : `loss ${trainLoss.toFixed(4)}`,
    validation === null ? '' : `validation ${scoreWords(validation)}`,
    learningRate === null ? '' : `learning rate ${learningRate.toExponential(1)}`,
    imagesPerSecond === null ? '' : `${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} photos/s`,
  ].filter((part) => part !== '');
  return `${epoch === 0 ? 'Before training' : `Epoch ${epoch} of ${epochs}`}: ${parts.join(', ') || 'nothing to measure'}.`;
}

function scoreWords({ accuracy, loss }: Evaluation): string {
  return `${(accuracy * 100).toFixed(1)} % (loss ${loss.toFixed(3)})`;
}

export function endLine({ state, result, error, config }: Run): string {
  if (error !== null) return `${state === 'failed' ? 'Failed' : 'Stopped'}: ${error.message}`;
  if (result === null) return 'Stopped. What was trained is kept in the checkpoint.';
  const { test } = result.evaluations;
  const chosen = config.method.name !== 'linear' && config.recipe.keep === 'best' && result.keptEpoch !== null;
  const kept = chosen ? `, weights of epoch ${result.keptEpoch}` : '';
  return `Finished after ${result.seconds.toFixed(0)} s${kept}${test === null ? '' : `: test ${scoreWords(test)}`}.`;
}
