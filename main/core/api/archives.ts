import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { implement } from '@orpc/server';
import { archives } from '#app/contract/archives.ts';
import { fileName } from '#app/domain/file-name.ts';
import type { ApiContext } from './context.ts';

/** Of long lists of what was left out this many are told. */
const NAMED = 100;

export function archivesApi({ core, hub, tasks }: Pick<ApiContext, 'core' | 'hub' | 'tasks'>) {
  const procedures = implement(archives);
  return {
    write: procedures.write.handler(({ input: { project: id, folder, photos } }) => {
      const project = core.projects.get(id);
      return tasks.start({ kind: 'archive-project', title: `Archiving ${project.name}`, project: id }, async (work) => {
        const out = await freeFile(folder, project.name);
        const { path, bytes, leftOut, ...written } = await core.archives.write(project, out, { photos }, work);
        for (const { path: what, reason } of leftOut.slice(0, NAMED)) work.log(`Not in it: ${what}: ${reason}`);
        const named = leftOut.slice(0, NAMED);
        const leftOutCount = leftOut.length;
        return { kind: 'archive-project', path, bytes, photos: written.photos, leftOut: named, leftOutCount };
      });
    }),
    look: procedures.look.handler(({ input: { file } }) => core.archives.look(file)),
    open: procedures.open.handler(({ input: { file, name, folder, to } }) =>
      tasks.start({ kind: 'open-archive', title: `Opening "${fileName(file)}"`, project: null }, async (work) => {
        const photosIn = folder === null ? [] : [folder];
        const wanted = name === null || name.trim() === '' ? null : name;
        const opened = await core.archives.open(file, { name: wanted, photosIn, extractTo: to }, work);
        hub.publish({ type: 'projects' });
        hub.publish({ type: 'packs' });
        hub.publish({ type: 'backbones' });
        for (const note of opened.notes) work.log(note);
        const { project, photos, notes } = opened;
        return { kind: 'open-archive', project, name: opened.name, ...photos, notes };
      }),
    ),
  };
}

/** "plots.dtlproject", or "plots 2.dtlproject" where there is one. */
async function freeFile(folder: string, project: string): Promise<string> {
  // What no system has in a name.
  const base = project
    .replaceAll(/[<>:"/\\|?*]/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 100)
    .trim();
  for (let attempt = 1; ; attempt++) {
    const path = join(folder, `${base}${attempt === 1 ? '' : ` ${attempt}`}.dtlproject`);
    if ((await stat(path).catch(() => null)) === null) return path;
  }
}
