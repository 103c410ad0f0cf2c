/** Pairs of message ports as Electron's main process has them; an end can be handed to another process. */
import { EventEmitter } from 'node:events';

export interface Elsewhere {
  message(data: unknown): void;
  close(): void;
}

export class FakePort extends EventEmitter {
  peer: FakePort | null = null;
  closed = false;
  #elsewhere: Elsewhere | null = null;
  #started = false;
  readonly #waiting: unknown[] = [];

  postMessage(data: unknown): void {
    if (!this.closed) this.peer?.receive(data);
  }

  start(): void {
    this.#started = true;
    for (const data of this.#waiting.splice(0)) this.emit('message', { data, ports: [] });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.peer?.lost();
  }

  /** From now on what the peer says is heard there. */
  handTo(elsewhere: Elsewhere): void {
    this.#elsewhere = elsewhere;
    for (const data of this.#waiting.splice(0)) elsewhere.message(data);
    if (this.closed) elsewhere.close();
  }

  receive(data: unknown): void {
    if (this.closed) return;
    if (this.#elsewhere !== null) this.#elsewhere.message(data);
    else if (this.#started) queueMicrotask(() => this.emit('message', { data, ports: [] }));
    else this.#waiting.push(data);
  }

  lost(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.#elsewhere !== null) this.#elsewhere.close();
    else queueMicrotask(() => this.emit('close'));
  }
}

export class FakeChannel {
  readonly port1 = new FakePort();
  readonly port2 = new FakePort();

  constructor() {
    this.port1.peer = this.port2;
    this.port2.peer = this.port1;
  }
}
