/** An engine process's line to its core: over `child_process`, or over a MessagePort that Electron's shell brokers. */
import type { EngineReply } from '#app/contract/engine.ts';
import type { ParentPort } from './parent-port.ts';

export interface CoreLine {
  onRequest(listener: (message: unknown) => void): void;
  /** Without its core nobody waits for the answer any more. */
  onLost(listener: () => void): void;
  send(reply: EngineReply): Promise<void>;
  /** After the last reply. */
  hangUp(): void;
}

export function childProcessLine(): CoreLine {
  return {
    onRequest: (listener) => void process.on('message', listener),
    onLost: (listener) => void process.on('disconnect', listener),
    send: (reply) =>
      new Promise((resolve) => {
        process.send?.(reply, () => resolve());
      }),
    hangUp: () => process.disconnect(),
  };
}

/** The shell's one message brings the port. */
export function brokeredLine(parent: ParentPort): Promise<CoreLine> {
  return new Promise((resolve) => {
    parent.on('message', ({ ports: [port] }) => {
      if (port === undefined) return;
      resolve({
        onRequest: (listener) => {
          port.on('message', ({ data }) => listener(data));
          port.start();
        },
        onLost: (listener) => void port.on('close', listener),
        send: async (reply) => port.postMessage(reply),
        // The core closes the port when it has the answer; to go before that could lose it.
        hangUp: () => undefined,
      });
    });
  });
}
