/** Forks engine processes and speaks with them; the one implementation of the engine port outside Electron. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineJob, EngineRequest, EngineResult, EngineResultOf } from '#app/contract/engine.ts';
import { engineReply } from '#app/contract/engine.ts';
import { AppError, cancelled } from '#app/domain/errors.ts';
import type { EnginePort, EngineRunOptions } from '#app/ports/engine.ts';

const ENTRY = fileURLToPath(new URL('./process.ts', import.meta.url));

export function createEngine(): EnginePort {
  return { run };
}

function run<J extends EngineJob>(job: J, options: EngineRunOptions = {}): Promise<EngineResultOf<J['kind']>> {
  const { signal, onEvent } = options;
  if (signal?.aborted === true) return Promise.reject(cancelled('The job'));
  const engine = fork(ENTRY, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Ctrl-C goes to a whole process group; in one of its own the engine is stopped by its core alone, at a safe point.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const stderr = lastWords(engine);
  const stop = (): void => say(engine, { type: 'stop' });
  signal?.addEventListener('abort', stop, { once: true });
  return new Promise<EngineResultOf<J['kind']>>((resolve, reject) => {
    engine.on('message', (message: unknown) => {
      const reply = engineReply.safeParse(message);
      if (!reply.success) {
        engine.kill('SIGKILL');
        reject(
          new AppError(
            'engine.protocol',
            `The engine answered in words that are not understood: ${reply.error.message}`,
            { kind: 'bug' },
          ),
        );
      } else if (reply.data.type === 'event') {
        onEvent?.(reply.data.event);
      } else if (reply.data.type === 'failure') {
        reject(AppError.fromPlain(reply.data.error));
      } else if (answers(job, reply.data.result)) {
        resolve(reply.data.result);
      } else {
        reject(
          new AppError('engine.protocol', `The engine answered a ${job.kind} job with ${reply.data.result.kind}.`, {
            kind: 'bug',
          }),
        );
      }
    });
    engine.on('error', (error) => reject(died(null, null, error.message, error)));
    // After an answer this changes nothing: a promise is settled once.
    engine.on('close', (code, killedBy) => reject(died(code, killedBy, stderr())));
    say(engine, { type: 'start', job });
  }).finally(() => signal?.removeEventListener('abort', stop));
}

function answers<J extends EngineJob>(job: J, result: EngineResult): result is EngineResultOf<J['kind']> {
  return job.kind === result.kind;
}

function say(engine: ChildProcess, request: EngineRequest): void {
  if (engine.connected) engine.send(request, () => undefined);
}

/** The end of what the process wrote to stderr, for the report of a crash. */
function lastWords(engine: ChildProcess): () => string {
  const KEPT = 4000;
  let text = '';
  engine.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-KEPT);
  });
  return () => text.trim();
}

function died(code: number | null, killedBy: string | null, words: string, cause?: unknown): AppError {
  const how =
    killedBy === 'SIGKILL'
      ? 'it was killed, possibly because the machine ran out of memory'
      : killedBy === null
        ? `it ended with code ${code ?? 'unknown'}`
        : `it was ended by ${killedBy}`;
  return new AppError(
    'engine.died',
    `The engine process ended without an answer: ${how}. Everything stored is kept; a training run can be resumed from its last checkpoint.`,
    {
      kind: 'expected',
      data: { exitCode: code, signal: killedBy, stderr: words },
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
