/** Runs the browser host until it is asked to stop. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '#app/domain/errors.ts';
import { openLive } from '../core/open-live.ts';
import { Access } from './access.ts';
import { startServer } from './http-server.ts';

export interface ServeOptions {
  /** Absolute. */
  readonly home: string;
  /** Folders that the window may look into; absolute. */
  readonly roots: readonly string[];
  /** 0: any that is free. */
  readonly port: number;
  /** The folder of the built interface. */
  readonly site: string;
  /** Asks it to stop. */
  readonly signal: AbortSignal;
  /** Gets the address once it answers there. */
  readonly onReady: (address: string) => void;
  /** A line for whoever started it. */
  readonly say: (line: string) => void;
  /** Milliseconds to wait for safe points at the end; another than the program's, for tests. */
  readonly patience?: number;
}

/** A run that is not at a safe point by then is ended with the program, and resumed from its last checkpoint. */
const PATIENCE_MILLISECONDS = 9000;

/** Throws `server.not-built`, `server.port`, `files.no-roots`, `profile.*`, `store.*`. */
export async function serve(options: ServeOptions): Promise<void> {
  const { home, roots, port, site, signal, onReady, say, patience = PATIENCE_MILLISECONDS } = options;
  if ((await stat(join(site, 'index.html')).catch(() => null)) === null) {
    throw new AppError(
      'server.not-built',
      'The interface is not built yet. `npm start -- --browser` builds it and serves it.',
    );
  }
  const access = new Access();
  let at = port;
  let again = false;
  do {
    const restart = new AbortController();
    const live = await openLive({
      home,
      what: 'the browser version',
      host: 'browser',
      roots,
      onRestart: () => restart.abort(),
    });
    try {
      for (const note of live.core.notes) say(note);
      const server = await startServer({ live, site, port: at, access });
      if (!again) onReady(server.address);
      at = Number(new URL(server.address).port);
      await untilAsked(AbortSignal.any([signal, restart.signal]));
      const closed = Promise.all([server.close(), live.close()]);
      // To be opened again the profile has to be closed, however long a run takes to reach a safe point.
      await Promise.race([closed, untilAsked(signal)]);
      await inTime(closed, patience, say);
    } finally {
      await inTime(live.close(), patience, say);
    }
    again = restart.signal.aborted && !signal.aborted;
  } while (again);
}

async function untilAsked(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function inTime(closing: Promise<unknown>, patience: number, say: (line: string) => void): Promise<void> {
  const late = Symbol('late');
  const end = await Promise.race([closing, delay(patience, late, { ref: false })]);
  if (end === late) say('Not everything came to a safe point in time. What is stored is kept.');
}
