/** One job with one engine process, whatever carries the words: starts it, passes events on, and settles once. */
import type { EngineJob, EngineRequest, EngineResult, EngineResultOf } from '#app/contract/engine.ts';
import { engineReply } from '#app/contract/engine.ts';
import { AppError, cancelled } from '#app/domain/errors.ts';
import type { EngineRunOptions } from '#app/ports/engine.ts';
import { outOfMemory, tellsOfMemory } from './out-of-memory.ts';

/** How a process ended, as far as the operating system tells. */
export interface EngineEnd {
  readonly code: number | null;
  readonly killedBy: string | null;
  /** The last it wrote to stderr, or why it could not be started. */
  readonly words: string;
  readonly cause?: unknown;
}

/** The core's end of the line to a process that was just forked for this job. */
export interface EngineLine {
  /** Does nothing once the process is gone. */
  send(request: EngineRequest): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Comes after the last message. */
  onEnd(listener: (end: EngineEnd) => void): void;
  kill(): void;
  /** The answer is there: the process may go. */
  close(): void;
}

/** `fork` is not called for a job that was cancelled before it began. */
export async function converse<J extends EngineJob>(
  job: J,
  { signal, onEvent }: EngineRunOptions,
  fork: () => EngineLine,
): Promise<EngineResultOf<J['kind']>> {
  if (signal?.aborted === true) throw cancelled('The job');
  const line = fork();
  const stop = (): void => line.send({ type: 'stop' });
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<EngineResultOf<J['kind']>>((resolve, reject) => {
      line.onMessage((message) => {
        const reply = engineReply.safeParse(message);
        if (!reply.success) {
          line.kill();
          reject(notUnderstood(`The engine answered in words that are not understood: ${reply.error.message}`));
        } else if (reply.data.type === 'event') {
          onEvent?.(reply.data.event);
        } else if (reply.data.type === 'failure') {
          reject(AppError.fromPlain(reply.data.error));
        } else if (answers(job, reply.data.result)) {
          resolve(reply.data.result);
        } else {
          reject(notUnderstood(`The engine answered a ${job.kind} job with ${reply.data.result.kind}.`));
        }
      });
      // After an answer this changes nothing: a promise is settled once.
      line.onEnd((end) => reject(died(end)));
      line.send({ type: 'start', job });
    });
  } finally {
    signal?.removeEventListener('abort', stop);
    line.close();
  }
}

function answers<J extends EngineJob>(job: J, result: EngineResult): result is EngineResultOf<J['kind']> {
  return job.kind === result.kind;
}

function notUnderstood(message: string): AppError {
  return new AppError('engine.protocol', message, { kind: 'bug' });
}

function died({ code, killedBy, words, cause }: EngineEnd): AppError {
  const data = { exitCode: code, signal: killedBy, stderr: words };
  if (tellsOfMemory(words)) return outOfMemory(data, cause);
  const how =
    killedBy === 'SIGKILL'
      ? 'it was killed. Where nobody did that, the machine ran out of memory: close other programs, or choose a smaller batch or a smaller backbone'
      : killedBy === null
        ? `it ended with code ${code ?? 'unknown'}`
        : `it was ended by ${killedBy}`;
  return new AppError(
    'engine.died',
    `The engine process ended without an answer: ${how}. Everything stored is kept; a training run can be resumed from its last checkpoint.`,
    {
      kind: 'expected',
      data,
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
