import { implement } from '@orpc/server';
import { library } from '#app/contract/library.ts';
import { fileName } from '#app/domain/file-name.ts';
import { writeIds } from '#app/domain/id-list.ts';
import type { ApiContext } from './context.ts';
import { importPhotos, relocatePhotos } from './import-work.ts';

/** Rows of one answer. */
const MOST = 1000;

export function libraryApi(context: Pick<ApiContext, 'core' | 'hub' | 'tasks'>) {
  const { core, hub, tasks } = context;
  const { views } = core.library;
  const procedures = implement(library);
  return {
    view: procedures.view.handler(({ input: { project, filter, sort, first = 0 } }) => {
      const seq = hub.seq();
      const opened = views.open(project, filter, sort);
      const rows = core.library.rows(project, views.slice(opened.view, 0, first), filter.pack ?? null);
      return { seq, ...opened, rows };
    }),
    rows: procedures.rows.handler(({ input: { view, from, to } }) => {
      const { project, pack } = views.get(view);
      return core.library.rows(project, views.slice(view, from, Math.min(to, from + MOST)), pack);
    }),
    rowsOf: procedures.rowsOf.handler(({ input }) => core.library.rows(input.project, input.photos, input.pack)),
    ids: procedures.ids.handler(({ input }) => writeIds(views.slice(input.view, input.from, input.to))),
    place: procedures.place.handler(({ input }) => views.place(input.view, input.photo)),
    photo: procedures.photo.handler(({ input }) => core.library.photo(input.photo)),
    facets: procedures.facets.handler(({ input }) => {
      core.projects.get(input.project);
      return { seq: hub.seq(), ...core.library.facets(input.project) };
    }),
    folders: procedures.folders.handler(({ input }) => core.library.folders(input.project)),
    offer: procedures.offer.handler(({ input }) => core.library.offer(input.folder)),
    import: procedures.import.handler(({ input: { project: id, folder, labels } }) => {
      const project = core.projects.get(id);
      return tasks.start({ kind: 'import', title: `Importing "${fileName(folder)}"`, project: id }, async (work) => ({
        kind: 'import',
        project: id,
        report: await importPhotos(context, project, folder, labels, work),
      }));
    }),
    relocate: procedures.relocate.handler(({ input: { project: id, from, to } }) => {
      const project = core.projects.get(id);
      const title = `Looking for photos in "${fileName(to)}"`;
      return tasks.start({ kind: 'relocate', title, project: id }, async (work) => ({
        kind: 'relocate',
        project: id,
        report: await relocatePhotos(context, project, { from, to }, work),
      }));
    }),
    confused: procedures.confused.handler(({ input: { run, ...cell } }) => core.library.confused(run, cell)),
  };
}
