/** What is there before the first kill: two projects over small photos and a tiny backbone, made in one core. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { taskEnd } from '../harness/core-client.ts';
import type { Core } from '../harness/core-client.ts';
import { photoFolder } from '../harness/png.ts';
import { TINY_HEADS, writeTinyBackbone } from '../harness/tiny-backbone.ts';

export interface Scene {
  readonly folder: string;
  /** Identity of the backbone. */
  readonly backbone: string;
}

export const EPOCHS = 120;
/** Several chunks of an import, so that it can be cut off between two commits. */
export const TO_IMPORT = { red: 130, green: 130 };
export const FOLDER_LABELS = ['red', 'green'];

export async function sceneFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dtl-kills-'));
  await photoFolder(join(folder, 'train'), { red: 8, green: 8 });
  await photoFolder(join(folder, 'label'), { red: 12, green: 12 });
  await photoFolder(join(folder, 'import'), TO_IMPORT);
  await writeTinyBackbone(join(folder, 'tiny.safetensors'));
  return folder;
}

export async function setScene(core: Core, folder: string): Promise<Scene> {
  for (const name of ['train', 'label']) {
    const { id } = await core.projects.create({ name });
    const labels = name === 'train' ? FOLDER_LABELS : [];
    await taskEnd(core, (await core.library.import({ project: id, folder: join(folder, name), labels })).task);
  }
  const file = join(folder, 'tiny.safetensors');
  const result = await taskEnd(core, (await core.backbones.import({ file, name: 'tiny', heads: TINY_HEADS })).task);
  if (result?.kind !== 'import-backbone') throw new Error('the backbone was not imported');
  return { folder, backbone: result.backbone };
}
