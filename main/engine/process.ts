/**
 * Entry of an engine process: one job, then exit. The runtime blocks this process's thread while it computes, which
 * is why it has a process of its own: it can be killed at any moment without harm to anything else.
 */
import { constants, setPriority } from 'node:os';
import { asAppError } from '#app/domain/errors.ts';
import type { EngineEvent } from '#app/contract/engine.ts';
import { engineRequest } from '#app/contract/engine.ts';
import { EngineError } from '#native-models/errors.ts';
import { brokeredLine, childProcessLine } from './core-line.ts';
import { appErrorOf } from './errors.ts';
import { runJob } from './jobs.ts';
import { parentPort } from './parent-port.ts';

try {
  // Threads that are made later are as modest: a window beside a run stays quick, and a machine with nothing else to do
  // computes no slower.
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // A system that does not allow it.
}

const parent = parentPort();
const core = parent === null ? childProcessLine() : await brokeredLine(parent);
let stopRequested = false;
let started = false;

/** A turn of the event loop, in which a request to stop can arrive. */
async function checkStopped(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (stopRequested) throw new EngineError('stopped', 'The engine was asked to stop.');
}

core.onLost(() => process.exit(0));
core.onRequest((message: unknown) => {
  const request = engineRequest.safeParse(message);
  if (!request.success) {
    void core
      .send({
        type: 'failure',
        error: asAppError(
          new Error(`The engine was sent a job that it does not know: ${request.error.message}`),
        ).toPlain(),
      })
      .then(() => process.exit(1));
    return;
  }
  if (request.data.type === 'stop') {
    stopRequested = true;
    return;
  }
  if (started) return;
  started = true;
  const emit = (event: EngineEvent): void => void core.send({ type: 'event', event });
  runJob(request.data.job, { emit, checkStopped })
    .then((result) => core.send({ type: 'result', result }))
    .catch((error: unknown) => core.send({ type: 'failure', error: appErrorOf(error).toPlain() }))
    .finally(() => core.hangUp());
});

// Where the engine shares a process group (Windows), Ctrl-C reaches it too; the core decides and says `stop`.
process.on('SIGINT', () => undefined);
