/** What a run would be, before it is one. */
import type { TrainPreview } from '#app/contract/runs.ts';
import { memoryWords } from '#app/domain/memory-words.ts';
import { bytes, count, duration } from './format.ts';

export function previewText(preview: TrainPreview): string {
  const {
    photos,
    classes,
    method,
    backbone,
    sideParameters,
    device,
    secondsToExpect,
    memory,
    cache,
    weights,
    cacheBytes,
    scratchBytes,
    copyBytes,
  } = preview;
  return [
    `${method} on ${backbone.name}, ${count(sideParameters, 'side parameter')}; ${count(classes.length, 'class', 'classes')}, ` +
      `${photos.train} training, ${photos.validation} validation and ${count(photos.test, 'test photo')}`,
    `On ${device.name}, ${count(preview.microBatch, 'photo')} at once${device.why === '' ? '' : `. ${device.why}`}`,
    weights === 'int8' ? `Backbone in 8 bits. A copy of it takes ${bytes(copyBytes)} of the disk while it trains.` : '',
    memory === null ? '' : memoryWords(memory, bytes),
    ...(memory?.advice ?? []).map((line) => `  ${line}`),
    cache === 'none'
      ? `Everything is computed at every step.${scratchBytes === 0 ? '' : ` Decoded photos take ${bytes(scratchBytes)} of the disk while it trains.`}`
      : `Frozen features take ${bytes(cacheBytes)} of the feature cache.`,
    secondsToExpect === null
      ? 'How long it takes is known once a run was trained on this machine.'
      : `It takes about ${duration(secondsToExpect)}.`,
    ...preview.warnings,
    ...preview.problems,
  ]
    .filter((line) => line !== '')
    .join('\n');
}
