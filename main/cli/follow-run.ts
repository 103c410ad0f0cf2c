/** Starts or continues a run and tells about it while it works. */
import type { Run } from '#app/domain/run.ts';
import type { Core } from '../core/open-core.ts';
import { listing } from './format.ts';
import { epochText, outcomeText } from './run-text.ts';
import type { Reply, Running } from './session.ts';

export async function followRun(core: Core, run: Run, running: Running, before: object = {}): Promise<Reply> {
  const outcome = await core.runs.execute(run, {
    signal: running.signal,
    onProgress: running.onProgress,
    onEvent: (event) => {
      if (event.type === 'epoch') running.say(epochText(event));
    },
  });
  const left = listing(
    `Left out of the run: ${outcome.leftOut.length}`,
    outcome.leftOut.map(({ path, reason }) => `${path}: ${reason}`),
  );
  return {
    json: { ...before, run: outcome.run, leftOut: outcome.leftOut },
    text: [outcomeText(outcome.run), ...left].join('\n'),
    done: outcome.run.state === 'finished',
  };
}
