/** Forks engine processes as children of this one: the engine port wherever the core is a plain Node process. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ENGINE_ENVIRONMENT } from '#app/contract/engine-environment.ts';
import type { EnginePort } from '#app/ports/engine.ts';
import type { EngineLine } from './conversation.ts';
import { converse } from './conversation.ts';

const ENTRY = fileURLToPath(new URL('./process.ts', import.meta.url));

export function createEngine(): EnginePort {
  return { run: (job, options = {}) => converse(job, options, forkEngine) };
}

function forkEngine(): EngineLine {
  const engine = fork(ENTRY, [], {
    serialization: 'advanced',
    env: { ...process.env, ...ENGINE_ENVIRONMENT },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Ctrl-C goes to a whole process group; in one of its own the engine is stopped by its core alone, at a safe point.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const stderr = lastWords(engine);
  return {
    send: (request) => {
      if (engine.connected) engine.send(request, () => undefined);
    },
    onMessage: (listener) => void engine.on('message', listener),
    onEnd: (listener) => {
      engine.on('error', (cause) => listener({ code: null, killedBy: null, words: cause.message, cause }));
      engine.on('close', (code, killedBy) => listener({ code, killedBy, words: stderr() }));
    },
    kill: () => void engine.kill('SIGKILL'),
    // It hangs up itself when it has answered.
    close: () => undefined,
  };
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
