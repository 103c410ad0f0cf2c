/**
 * `core`: every procedure of the contract, typed. Calls wait while the line to the core is being opened, and throw
 * AppErrors. A call that was under way when the line broke throws `connection.lost`: whether it was carried out is not
 * known, and the snapshots taken after reconnecting show it.
 */
import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import { shallowRef } from 'vue';
import { AppError } from '#app/domain/errors.ts';
import type { Contract } from '#app/contract/index.ts';
import type { CoreLink } from './line.ts';
import { listenForPorts, openSocket } from './line.ts';
import { nextDelay } from './backoff.ts';
import { toAppError } from './to-app-error.ts';

export interface Connection {
  readonly state: 'connecting' | 'ready' | 'lost' | 'refused' | 'stopped';
  /** Written by the desktop shell; empty otherwise. */
  readonly message: string;
  /** Counts lines, so that listeners notice a new one. */
  readonly line: number;
}

export const connection = shallowRef<Connection>({ state: 'connecting', message: '', line: 0 });

let link: CoreLink | null = null;
let waiting: ((link: CoreLink) => void)[] = [];
let attempt = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

const throughTheLine: CoreLink = {
  async call(path, input, options) {
    const through = link ?? (await nextLink(options.signal));
    try {
      return await through.call(path, input, options);
    } catch (thrown) {
      if (through !== link && options.signal?.aborted !== true) throw connectionLost(thrown);
      throw toAppError(thrown);
    }
  },
};

export const core: ContractRouterClient<Contract> = createORPCClient(throughTheLine);

export function connectCore(): void {
  const desktop = window.dtl;
  if (desktop === undefined) openSocket(listener);
  else
    listenForPorts(desktop, listener, ({ state, message }) => {
      if (state === 'ready') return;
      connection.value = { ...connection.value, state: state === 'stopped' ? 'stopped' : 'lost', message };
    });
}

/** Tries at once instead of waiting for the next attempt. */
export function reconnectNow(): void {
  if (connection.value.state !== 'lost' || window.dtl !== undefined) return;
  clearTimeout(timer);
  openSocket(listener);
}

const listener = {
  onOpen(opened: CoreLink): void {
    link = opened;
    attempt = 0;
    connection.value = { state: 'ready', message: '', line: connection.value.line + 1 };
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake(opened);
  },
  onClosed(why: 'lost' | 'refused'): void {
    link = null;
    connection.value = { ...connection.value, state: why, message: '' };
    if (why === 'refused' || window.dtl !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(() => openSocket(listener), nextDelay(attempt));
    attempt += 1;
  },
};

function nextLink(signal: AbortSignal | undefined): Promise<CoreLink> {
  return new Promise((resolve, reject) => {
    waiting.push(resolve);
    signal?.addEventListener('abort', () => {
      waiting = waiting.filter((wake) => wake !== resolve);
      reject(new AppError('cancelled', 'Nobody waits for this any more.', { kind: 'cancelled' }));
    });
  });
}

export function connectionLost(cause?: unknown): AppError {
  return new AppError(
    'connection.lost',
    'The connection to DTL Studio broke while this was under way. Everything stored is kept. Look whether it was done, and do it again if not.',
    { cause },
  );
}
