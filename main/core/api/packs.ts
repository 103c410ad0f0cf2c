import { implement } from '@orpc/server';
import { packs } from '#app/contract/packs.ts';
import type { NamedReason, TaskResult } from '#app/contract/task-results.ts';
import { AppError } from '#app/domain/errors.ts';
import { fileName } from '#app/domain/file-name.ts';
import type { PackId, ProjectId } from '#app/domain/ids.ts';
import type { Compared } from '#app/packs/compare-packs.ts';
import type { ApiContext } from './context.ts';

/** Of long lists of failures this many are told. */
const NAMED = 100;
/** Milliseconds between two words about predictions that came in meanwhile. */
const PAUSE = 1000;

export function packsApi({ core, hub, tasks, uploads }: ApiContext) {
  const procedures = implement(packs);

  /** Says that these packs have said more of a project's photos, not more often than anybody reads it. */
  function telling(project: ProjectId, saying: readonly PackId[]) {
    let told = -Infinity;
    const now = (): void => {
      told = performance.now();
      for (const one of saying) hub.publish({ type: 'predictions', project, pack: one });
    };
    const soon = (): void => {
      if (performance.now() - told > PAUSE) now();
    };
    return { now, soon };
  }

  function compared({ summary, failed: all }: Compared, log: (line: string) => void): TaskResult {
    const failed = all.slice(0, NAMED);
    logFailed(failed, log);
    const { compared: number, total, disagreements } = summary;
    return { kind: 'compare-packs', compared: number, photos: total, disagreements, failed };
  }

  const namesOf = (ids: readonly PackId[]): string => ids.map((id) => `"${core.packs.get(id).name}"`).join(', ');

  return {
    list: procedures.list.handler(() => ({ seq: hub.seq(), packs: core.packs.views() })),
    show: procedures.show.handler(({ input: { pack } }) => core.packs.details(pack)),
    export: procedures.export.handler(({ input: { run: id } }) => {
      const run = core.runs.get(id);
      const title = `Making the pack of ${run.name}`;
      return tasks.start({ kind: 'export-pack', title, project: run.projectId }, async () => {
        const { pack } = await core.packs.export(run, null);
        hub.publish({ type: 'packs' });
        hub.publish({ type: 'run', project: run.projectId, run: id, change: 'edited' });
        return { kind: 'export-pack', pack: pack.id };
      });
    }),
    import: procedures.import.handler(async ({ input: { upload, name } }) => {
      const path = await uploads.path(upload);
      const given = fileName(name)
        .replace(/\.safetensors$/i, '')
        .trim();
      const title = `Importing the pack "${given}"`;
      return tasks.start({ kind: 'import-pack', title, project: null }, async () => {
        const known = new Set(core.packs.list().map(({ id }) => id));
        const { pack, notes } = await core.packs.import(path, given === '' ? null : given);
        if (pack === null) throw new AppError('packs.not-kept', 'The pack was read and not kept.', { kind: 'bug' });
        hub.publish({ type: 'packs' });
        const alreadyKnown = known.has(pack.id);
        return { kind: 'import-pack', pack: pack.id, alreadyKnown, state: pack.state, note: notes.join(' ') };
      });
    }),
    exportOnnx: procedures.exportOnnx.handler(({ input: { pack: id } }) => {
      const pack = core.packs.get(id);
      const title = `Writing "${pack.name}" as an ONNX file`;
      return tasks.start({ kind: 'export-onnx', title, project: null }, async (work) => {
        const { bytes, selfTestError, photosError } = await core.packs.exportOnnxHere(pack, work);
        const note =
          `Tried: its logits differ by ${selfTestError.toExponential(1)} (relative L2) on the self-test, its ` +
          `probabilities by at most ${photosError.toExponential(1)} on photos of other sizes.`;
        work.log(note);
        return { kind: 'export-onnx', pack: id, bytes, note };
      });
    }),
    verify: procedures.verify.handler(({ input: { pack: id } }) => {
      const pack = core.packs.get(id);
      const title = `Verifying the pack "${pack.name}"`;
      return tasks.start({ kind: 'verify-pack', title, project: null }, async () => {
        const { selfTestError, notes } = await core.packs.verifyStored(pack, null);
        hub.publish({ type: 'packs' });
        const passed =
          selfTestError === null
            ? 'It could not be verified.'
            : `It passed its self-test: its logits differ by ${selfTestError.toExponential(1)} (relative L2).`;
        return { kind: 'verify-pack', pack: id, note: [passed, ...notes].join(' ') };
      });
    }),
    rename: procedures.rename.handler(({ input: { pack, name } }) => {
      const view = core.packs.rename(pack, name);
      hub.publish({ type: 'packs' });
      return view;
    }),
    remove: procedures.remove.handler(async ({ input: { pack } }) => {
      const freed = await core.packs.remove(pack);
      hub.publish({ type: 'packs' });
      for (const { project } of core.projects.list()) hub.publish({ type: 'predictions', project: project.id, pack });
      return freed;
    }),
    apply: procedures.apply.handler(({ input: { pack: id, project: projectId, photos } }) => {
      const pack = core.packs.get(id);
      const project = core.projects.get(projectId);
      const title = `Applying "${pack.name}" to ${project.name}`;
      return tasks.start({ kind: 'predict', title, project: projectId }, async (work) => {
        const told = telling(projectId, [id]);
        try {
          const applied = await core.packs.apply(id, project, photos, { ...work, onKept: told.soon });
          logFailed(applied.failed, work.log);
          return { kind: 'predict', project: projectId, pack: id, ...applied };
        } finally {
          // Also what a cancelled one said is kept.
          told.now();
        }
      });
    }),
    applyFolder: procedures.applyFolder.handler(({ input: { pack: id, folder } }) => {
      const pack = core.packs.get(id);
      const title = `Applying "${pack.name}" to "${fileName(folder)}"`;
      return tasks.start({ kind: 'predict-folder', title, project: null }, async (work) => {
        const { summary, failed: all, seconds } = await core.packs.applyFolder(id, folder, work);
        const failed = all.slice(0, NAMED).map(({ path, reason }) => ({ path, reason }));
        logFailed(failed, work.log);
        return { kind: 'predict-folder', pack: id, found: summary.found, photos: summary.total, failed, seconds };
      });
    }),
    found: procedures.found.handler(({ input: { found } }) => core.packs.found(found)),
    foundRows: procedures.foundRows.handler(({ input: { found, sort, label, from, to } }) =>
      core.packs.foundRows(found, sort, label, from, to),
    ),
    foundCsv: procedures.foundCsv.handler(({ input: { found } }) => core.packs.foundCsv(found)),
    compare: procedures.compare.handler(({ input: { packs: ids, project: projectId, photos } }) => {
      const project = core.projects.get(projectId);
      const title = `Applying ${namesOf(ids)} to ${project.name}`;
      return tasks.start({ kind: 'compare-packs', title, project: projectId }, async (work) => {
        const told = telling(projectId, ids);
        try {
          return compared(await core.packs.compare(ids, project, photos, { ...work, onKept: told.soon }), work.log);
        } finally {
          told.now();
        }
      });
    }),
    compareFolder: procedures.compareFolder.handler(({ input: { packs: ids, folder } }) => {
      const title = `Applying ${namesOf(ids)} to "${fileName(folder)}"`;
      return tasks.start({ kind: 'compare-packs', title, project: null }, async (work) =>
        compared(await core.packs.compareFolder(ids, folder, work), work.log),
      );
    }),
    compared: procedures.compared.handler(({ input }) => core.packs.compared(input.compared)),
    comparedRows: procedures.comparedRows.handler(({ input: { compared: set, from, to, ...order } }) =>
      core.packs.comparedRows(set, order, from, to),
    ),
    comparedCsv: procedures.comparedCsv.handler(({ input: { compared: set, ...order } }) =>
      core.packs.comparedCsv(set, order),
    ),
  };
}

function logFailed(failed: readonly NamedReason[], log: (line: string) => void): void {
  for (const { path, reason } of failed) log(`Not looked at: ${path}: ${reason}`);
}
