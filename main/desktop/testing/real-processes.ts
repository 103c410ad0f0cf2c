/**
 * `utilityProcess` over Node's own child processes, so that the real core and engine can be driven without Electron's
 * binary: ports that are handed over are relayed by number.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FakePort } from './ports.ts';

const SHIM = fileURLToPath(new URL('./parent-port-shim.ts', import.meta.url));

export interface Relayed {
  readonly data?: unknown;
  /** Of a message on the parent port: numbers of the ports that come with it. */
  readonly ports?: readonly number[];
  /** Of a message on a port. */
  readonly port?: number;
  readonly closed?: boolean;
}

export class RealUtilityProcess extends EventEmitter {
  static all: RealUtilityProcess[] = [];
  readonly entry: string;
  readonly stderr: ChildProcess['stderr'];
  readonly #child: ChildProcess;
  readonly #ports = new Map<number, FakePort>();
  #lastPort = 0;

  constructor(entry: string) {
    super();
    this.entry = entry;
    this.#child = fork(entry, [], {
      execArgv: ['--import', SHIM],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    this.stderr = this.#child.stderr;
    this.#child.on('message', (message) => this.#hear(message as Relayed));
    this.#child.on('exit', (code, signal) => {
      for (const port of this.#ports.values()) port.close();
      // As a shell writes it.
      this.emit('exit', signal === 'SIGKILL' ? 137 : (code ?? 1));
    });
    RealUtilityProcess.all.push(this);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  postMessage(data: unknown, ports: readonly FakePort[] = []): void {
    this.#send({ data, ports: ports.map((port) => this.#take(port)) });
  }

  kill(): boolean {
    return this.#child.kill();
  }

  #take(port: FakePort): number {
    const number = ++this.#lastPort;
    this.#ports.set(number, port);
    // After the message that brings it.
    queueMicrotask(() =>
      port.handTo({
        message: (data) => this.#send({ port: number, data }),
        close: () => this.#send({ port: number, closed: true }),
      }),
    );
    return number;
  }

  #send(message: Relayed): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #hear({ data, port, closed }: Relayed): void {
    if (port === undefined) this.emit('message', data);
    else if (closed === true) this.#ports.get(port)?.close();
    else this.#ports.get(port)?.postMessage(data);
  }
}
