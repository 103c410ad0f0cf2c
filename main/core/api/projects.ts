import { implement } from '@orpc/server';
import { projects } from '#app/contract/projects.ts';
import { AppError } from '#app/domain/errors.ts';
import { fileName } from '#app/domain/file-name.ts';
import { copySample } from '../sample-project.ts';
import type { ApiContext } from './context.ts';
import { importPhotos } from './import-work.ts';

export function projectsApi(context: Pick<ApiContext, 'core' | 'hub' | 'tasks'>) {
  const { core, hub, tasks } = context;
  const procedures = implement(projects);
  return {
    list: procedures.list.handler(() => ({ seq: hub.seq(), projects: core.projects.cards() })),
    show: procedures.show.handler(({ input }) => core.projects.card(core.projects.get(input.project))),
    create: procedures.create.handler(({ input }) => {
      const project = core.projects.create(input.name);
      hub.publish({ type: 'projects' });
      return core.projects.card(project);
    }),
    rename: procedures.rename.handler(({ input }) => {
      const project = core.projects.rename(input.project, input.name);
      hub.publish({ type: 'projects' });
      return core.projects.card(project);
    }),
    open: procedures.open.handler(({ input }) => {
      const project = core.projects.open(input.project);
      hub.publish({ type: 'projects' });
      return core.projects.card(project);
    }),
    fromFolder: procedures.fromFolder.handler(async ({ input: { folder, name, labels } }) => {
      const offer = await core.library.offer(folder);
      if (offer.photos === 0) throw emptyFolder(offer.folder);
      // A drive's root has no name of its own.
      const wanted = name ?? core.projects.freeName(fileName(offer.folder) || 'Photos');
      const project = core.projects.create(wanted);
      hub.publish({ type: 'projects' });
      const title = `Importing "${fileName(offer.folder)}"`;
      const started = tasks.start({ kind: 'import', title, project: project.id }, async (work) => ({
        kind: 'import',
        project: project.id,
        report: await importPhotos(context, project, offer.folder, labels, work),
      }));
      return { ...started, project: project.id };
    }),
    sample: procedures.sample.handler(() =>
      tasks.start({ kind: 'sample-project', title: 'Preparing the sample project', project: null }, async (work) => {
        const { folder, labels } = await copySample(core.home, work);
        const project = core.projects.create(core.projects.freeName('Sample project'));
        await importPhotos(context, project, folder, labels, work);
        return { kind: 'sample-project', project: project.id };
      }),
    ),
  };
}

function emptyFolder(folder: string): AppError {
  return new AppError(
    'photos.folder-empty',
    `There are no photos in "${folder}". No project was created. ` +
      'Choose a folder with JPEG, PNG, WebP, AVIF, GIF or TIFF files in it.',
    { data: { folder } },
  );
}
