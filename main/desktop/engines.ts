/** Engine processes, forked for the core: what they compute goes over a port of their own and never through the shell. */
import { MessageChannelMain, utilityProcess } from 'electron';
import type { UtilityProcess } from 'electron';
import type { MessagePortMain } from 'electron';
import { ENGINE_ENVIRONMENT } from '#app/contract/engine-environment.ts';

export interface EngineEvents {
  /** The core's end of the line. */
  started(engine: number, port: MessagePortMain): void;
  ended(engine: number, code: number | null, words: string): void;
}

const KEPT_WORDS = 4000;

export class Engines {
  readonly #entry: string;
  readonly #events: EngineEvents;
  readonly #running = new Map<number, UtilityProcess>();

  constructor(entry: string, events: EngineEvents) {
    this.#entry = entry;
    this.#events = events;
  }

  fork(engine: number): void {
    const child = utilityProcess.fork(this.#entry, [], {
      env: { ...process.env, ...ENGINE_ENVIRONMENT },
      serviceName: `DTL Studio engine ${engine}`,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#running.set(engine, child);
    let words = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      words = (words + chunk.toString('utf8')).slice(-KEPT_WORDS);
    });
    child.once('exit', (code) => {
      this.#running.delete(engine);
      this.#events.ended(engine, code, words.trim());
    });
    const { port1, port2 } = new MessageChannelMain();
    child.postMessage({ type: 'line' }, [port2]);
    this.#events.started(engine, port1);
  }

  /** At once: an engine that computes hears nothing, and it keeps nothing that could be harmed. */
  kill(engine: number): void {
    const child = this.#running.get(engine);
    if (child !== undefined) killByPid(child);
  }

  killAll(): void {
    for (const child of this.#running.values()) killByPid(child);
  }
}

export function killByPid(child: UtilityProcess): void {
  if (child.pid === undefined) {
    // Between fork and start a process cannot be killed.
    child.kill();
    child.once('spawn', () => killByPid(child));
    return;
  }
  try {
    process.kill(child.pid, 'SIGKILL');
  } catch {
    // It was gone already.
  }
}
