/** Loaded before the entry of a process that stands in for a utility process: gives it `process.parentPort`. */
import { EventEmitter } from 'node:events';
import type { Relayed } from './real-processes.ts';

class RelayedPort extends EventEmitter {
  readonly #number: number;
  #started = false;
  readonly #waiting: unknown[] = [];

  constructor(number: number) {
    super();
    this.#number = number;
  }
  postMessage(data: unknown): void {
    process.send?.({ port: this.#number, data });
  }
  start(): void {
    this.#started = true;
    for (const data of this.#waiting.splice(0)) this.emit('message', { data, ports: [] });
  }
  close(): void {
    process.send?.({ port: this.#number, closed: true });
  }
  hear(data: unknown): void {
    if (this.#started) this.emit('message', { data, ports: [] });
    else this.#waiting.push(data);
  }
}

class RelayedParent extends EventEmitter {
  readonly #waiting: object[] = [];

  postMessage(data: unknown): void {
    process.send?.({ data });
  }
  override on(event: string, listener: (...values: unknown[]) => void): this {
    super.on(event, listener);
    for (const message of this.#waiting.splice(0)) this.emit('message', message);
    return this;
  }
  hear(message: object): void {
    if (this.listenerCount('message') > 0) this.emit('message', message);
    else this.#waiting.push(message);
  }
}

const ports = new Map<number, RelayedPort>();
const parent = new RelayedParent();
Object.defineProperty(process, 'parentPort', { value: parent });

process.on('message', (message) => {
  const { data, port, closed, ports: brought = [] } = message as Relayed;
  if (port === undefined) {
    const opened = brought.map((number) => new RelayedPort(number));
    for (const [index, one] of opened.entries()) ports.set(brought[index]!, one);
    parent.hear({ data, ports: opened });
  } else if (closed === true) {
    ports.get(port)?.emit('close');
  } else {
    ports.get(port)?.hear(data);
  }
});
// Utility processes do not outlive the browser process.
process.on('disconnect', () => process.exit(0));
