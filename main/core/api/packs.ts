import { implement } from '@orpc/server';
import { packs } from '#app/contract/packs.ts';
import type { NamedReason } from '#app/contract/task-results.ts';
import { AppError } from '#app/domain/errors.ts';
import { fileName } from '#app/domain/file-name.ts';
import type { ApiContext } from './context.ts';

/** Of long lists of failures this many are told. */
const NAMED = 100;
/** Milliseconds between two words about predictions that came in meanwhile. */
const PAUSE = 1000;

export function packsApi({ core, hub, tasks, uploads }: ApiContext) {
  const procedures = implement(packs);
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
        let told = -Infinity;
        const tell = (): void => {
          told = performance.now();
          hub.publish({ type: 'predictions', project: projectId, pack: id });
        };
        try {
          const applied = await core.packs.apply(id, project, photos, {
            ...work,
            onKept: () => {
              if (performance.now() - told > PAUSE) tell();
            },
          });
          logFailed(applied.failed, work.log);
          return { kind: 'predict', project: projectId, pack: id, ...applied };
        } finally {
          // Also what a cancelled one said is kept.
          tell();
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
  };
}

function logFailed(failed: readonly NamedReason[], log: (line: string) => void): void {
  for (const { path, reason } of failed) log(`Not looked at: ${path}: ${reason}`);
}
