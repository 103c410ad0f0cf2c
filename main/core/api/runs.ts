import { implement } from '@orpc/server';
import { runs } from '#app/contract/runs.ts';
import type { RunRow } from '#app/contract/runs.ts';
import { count } from '#app/domain/count.ts';
import { given } from '#app/domain/given.ts';
import type { RunId } from '#app/domain/ids.ts';
import { sweepOfTag } from '#app/domain/sweep.ts';
import type { ApiContext } from './context.ts';

export function runsApi({ core, hub, tasks, queue }: ApiContext) {
  const procedures = implement(runs);

  async function rowAfter(run: RunId, change: Promise<void>): Promise<RunRow> {
    await change;
    return core.runs.row(run);
  }

  return {
    preview: procedures.preview.handler(({ input: { project, request } }) =>
      core.runs.preview(core.projects.get(project), request),
    ),
    start: procedures.start.handler(({ input: { project: id, request, name, note, ...asked } }) => {
      const project = core.projects.get(id);
      const seeds = [...new Set(asked.seeds)];
      const learningRates = asked.learningRates && [...new Set(asked.learningRates)];
      const all = seeds.length * (learningRates?.length ?? 1);
      const title = all === 1 ? 'Preparing a run' : `Preparing ${count(all, 'run')}`;
      const how = { seeds, ...given({ learningRates }), name, note };
      return tasks.start({ kind: 'start-runs', title, project: id }, async (work) => {
        const { runs: created, drawn } = await core.runs.prepareAll(project, request, how, work);
        if (drawn !== null) hub.publish({ type: 'splits', project: id });
        // Preparing the first run puts the program's own backbone into the profile.
        hub.publish({ type: 'backbones' });
        for (const run of created) hub.publish({ type: 'run', project: id, run: run.id, change: 'created' });
        queue.add(created.map((run) => run.id));
        const [sweep = null] = (created[0]?.tags ?? []).map(sweepOfTag);
        return { kind: 'start-runs', project: id, runs: created.map((run) => run.id), sweep };
      });
    }),
    list: procedures.list.handler(({ input: { project } }) => {
      core.projects.get(project);
      return { seq: hub.seq(), runs: core.runs.rows(project) };
    }),
    row: procedures.row.handler(({ input: { run } }) => core.runs.row(run)),
    show: procedures.show.handler(async ({ input: { run } }) => {
      // Before what is read: a page that is newer than its number is only told something twice.
      const seq = hub.seq();
      return { seq, ...(await core.runs.page(run)), progress: queue.progress(run) };
    }),
    mistakes: procedures.mistakes.handler(({ input: { run, subset, limit } }) =>
      core.runs.mistakes(run, subset, limit),
    ),
    edit: procedures.edit.handler(({ input: { run, ...changes } }) => {
      const row = core.runs.edit(run, changes);
      hub.publish({ type: 'run', project: row.project, run, change: 'edited' });
      return row;
    }),
    size: procedures.size.handler(({ input }) => core.runs.size(input.runs)),
    remove: procedures.remove.handler(async ({ input }) => {
      const { removed, freedBytes } = await core.runs.remove(input.runs);
      for (const run of removed) hub.publish({ type: 'run', project: run.projectId, run: run.id, change: 'removed' });
      hub.publish({ type: 'packs' });
      queue.forget();
      return { freedBytes };
    }),
    pause: procedures.pause.handler(({ input: { run } }) => rowAfter(run, queue.pause(run))),
    resume: procedures.resume.handler(({ input: { run } }) => {
      queue.resume(run);
      return core.runs.row(run);
    }),
    stop: procedures.stop.handler(({ input: { run } }) => rowAfter(run, queue.stop(run))),
    sweep: procedures.sweep.handler(({ input: { project, sweep } }) => {
      const seq = hub.seq();
      return { seq, ...core.runs.sweepPage(core.projects.get(project), sweep) };
    }),
    compare: procedures.compare.handler(({ input }) => core.runs.compare(input.runs)),
    csv: procedures.csv.handler(({ input: { project } }) => {
      core.projects.get(project);
      return core.runs.csv(project);
    }),
    queue: procedures.queue.handler(() => queue.view()),
    release: procedures.release.handler(() => queue.release()),
    hold: procedures.hold.handler(() => queue.hold()),
  };
}
