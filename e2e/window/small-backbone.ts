/** A window in the sample project, with a backbone whose runs take seconds. */
import { join } from 'node:path';
import { SMALL, TINY_HEADS, writeTinyBackbone } from '../harness/tiny-backbone.ts';
import { Studio } from '../pages/studio.ts';
import type { Machine } from './fixtures.ts';

export async function sampleWithSmallBackbone(machine: Machine): Promise<Studio> {
  const window = new Studio(await machine.open());
  await sampleIn(window, machine);
  await window.frame.goByKeys('Train');
  await window.train.chooseBackbone('small');
  return window;
}

/** Ends in the library of the sample project. */
export async function sampleIn(window: Studio, machine: Machine): Promise<void> {
  await writeTinyBackbone(join(machine.root, 'small.safetensors'), SMALL);
  await window.frame.go('Backbones');
  await window.backbones.importFile('small.safetensors', TINY_HEADS);
  await window.frame.go('Projects');
  await window.projects.trySample();
}
