/**
 * The engine port under Electron: the core is a utility process and cannot fork another one, so it asks the shell, which
 * hands over a port to each engine and tells how each ended.
 */
import type { ToShell } from '#app/contract/shell.ts';
import type { EnginePort } from '#app/ports/engine.ts';
import type { EngineRequest } from '#app/contract/engine.ts';
import type { EngineEnd, EngineLine } from '../engine/conversation.ts';
import { converse } from '../engine/conversation.ts';
import type { ProcessPort } from '../engine/parent-port.ts';

export interface BrokeredEngine extends EnginePort {
  /** The shell forked what was asked for. */
  started(engine: number, port: ProcessPort): void;
  ended(engine: number, code: number | null, words: string): void;
}

/** `tell` speaks to the shell. */
export function brokeredEngine(tell: (message: ToShell) => void): BrokeredEngine {
  const lines = new Map<number, BrokeredLine>();
  let last = 0;
  const fork = (): EngineLine => {
    const engine = ++last;
    const line = new BrokeredLine(() => tell({ type: 'kill-engine', engine }));
    lines.set(engine, line);
    tell({ type: 'fork-engine', engine });
    return line;
  };
  return {
    run: (job, options = {}) => converse(job, options, fork),
    started: (engine, port) => lines.get(engine)?.attach(port),
    ended: (engine, code, words) => {
      lines.get(engine)?.end({ ...howItEnded(code), words });
      lines.delete(engine);
    },
  };
}

/** On POSIX the code is what `waitpid` gave or what a shell makes of it, so a kill is 9 or 137. */
function howItEnded(code: number | null): Pick<EngineEnd, 'code' | 'killedBy'> {
  const killed = process.platform !== 'win32' && (code === 9 || code === 137);
  return killed ? { code: null, killedBy: 'SIGKILL' } : { code, killedBy: null };
}

class BrokeredLine implements EngineLine {
  readonly kill: () => void;
  readonly #waiting: EngineRequest[] = [];
  #port: ProcessPort | null = null;
  #closed = false;
  #onMessage: (message: unknown) => void = () => undefined;
  #onEnd: (end: EngineEnd) => void = () => undefined;

  constructor(kill: () => void) {
    this.kill = kill;
  }

  attach(port: ProcessPort): void {
    this.#port = port;
    port.on('message', ({ data }) => this.#onMessage(data));
    port.start();
    for (const request of this.#waiting.splice(0)) port.postMessage(request);
    if (this.#closed) port.close();
  }

  end(how: EngineEnd): void {
    this.#onEnd(how);
  }

  send(request: EngineRequest): void {
    if (this.#port === null) this.#waiting.push(request);
    else this.#port.postMessage(request);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#onMessage = listener;
  }

  onEnd(listener: (end: EngineEnd) => void): void {
    this.#onEnd = listener;
  }

  close(): void {
    this.#closed = true;
    this.#port?.close();
  }
}
