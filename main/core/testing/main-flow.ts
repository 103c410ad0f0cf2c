/**
 * The way of a project from photos to a pack, told step by step to who watches: each step is told after it was acknowledged.
 * Small enough to be walked hundreds of times.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProjectId } from '#app/domain/ids.ts';
import type { EnginePort } from '#app/ports/engine.ts';
import { checkpoint } from '../../files/testing/checkpoints.ts';
import { renderSamplePhotos } from '../../images/sample-photos.ts';
import type { Core } from '../open-core.ts';
import { openCore } from '../open-core.ts';

export type Step =
  | { readonly step: 'project' | 'import' | 'split' | 'backbone' | 'closed' }
  | { readonly step: 'label'; readonly photo: number; readonly to: number | null; readonly revision: number }
  | { readonly step: 'run' | 'finished'; readonly run: number }
  | { readonly step: 'pack'; readonly sha256: string };

export interface FlowPlaces {
  readonly home: string;
  readonly photos: string;
  readonly backbone: string;
}

export const flowPlaces = (folder: string): FlowPlaces => ({
  home: join(folder, 'home'),
  photos: join(folder, 'photos'),
  backbone: join(folder, 'tiny.safetensors'),
});

export async function writeFlowInputs({ photos, backbone }: FlowPlaces): Promise<void> {
  await renderSamplePhotos(photos, { seed: 0, perClass: 6, size: 24, classes: 2 });
  await writeFile(backbone, checkpoint());
}

export const flowRequest = {
  split: null,
  backbone: 'tiny',
  device: 'cpu' as const,
  method: 'dtl+' as const,
  methodSettings: { extract: [0], adapt: [1] },
  recipe: 'default' as const,
  recipeChanges: { epochs: 4, batchSize: 4, keep: 'best' as const },
  plan: { threads: 1 },
  seed: 3,
  fit: 'squash' as const,
  sixteenBit: 'full-range' as const,
  name: null,
  note: '',
};

/** Walks on from wherever an earlier walk stopped. Throws what the use cases throw; the profile is closed then. */
export async function walkMainFlow(places: FlowPlaces, told: (step: Step) => void, engine?: EnginePort): Promise<void> {
  const core = await openCore({
    home: places.home,
    what: 'a test',
    access: 'write',
    ...(engine === undefined ? {} : { engine }),
  });
  try {
    await walk(core, places, told);
  } finally {
    core.close();
  }
  told({ step: 'closed' });
}

async function walk(core: Core, { photos, backbone }: FlowPlaces, told: (step: Step) => void): Promise<void> {
  const project = core.projects.list()[0]?.project ?? core.projects.create('flow');
  told({ step: 'project' });
  await core.library.import(project, photos);
  told({ step: 'import' });
  core.labels.fromFolders(project, { folder: null, overwrite: false });
  label(core, project.id, told);
  core.splits.draw(project);
  told({ step: 'split' });
  await core.backbones.import(backbone, { name: 'tiny' });
  told({ step: 'backbone' });
  const [known] = core.runs.list(project);
  const run = known ?? (await core.runs.prepare(project, flowRequest)).run;
  told({ step: 'run', run: run.id });
  if (core.runs.get(run.id).state !== 'finished') await core.runs.execute(run);
  told({ step: 'finished', run: run.id });
  const { pack } = await core.packs.export(core.runs.get(run.id), null);
  told({ step: 'pack', sha256: pack.sha256 });
}

/** To and fro, ending where it began: the run's labels are those of the folders. */
function label(core: Core, project: ProjectId, told: (step: Step) => void): void {
  const { view } = core.library.views.open(project, {}, 'name');
  const classes = core.classes.list(project).map(({ id }) => id);
  for (const { id, classId } of core.library.rows(project, core.library.views.slice(view, 0, 3), null)) {
    for (const to of [classes.find((one) => one !== classId) ?? null, null, classId]) {
      core.labels.set(project, [id], to);
      told({ step: 'label', photo: id, to, revision: core.labels.revision(project) });
    }
  }
}
