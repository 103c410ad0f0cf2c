/**
 * The core's process as the shell sees it: forked, asked, handed to windows as a port, started anew when it dies. The
 * shell itself only passes things on, so that nothing that anybody waits for can hold up the window.
 */
import { availableParallelism } from 'node:os';
import { MessageChannelMain, utilityProcess } from 'electron';
import type { MessagePortMain, UtilityProcess, WebContents } from 'electron';
import { coreEnvironment } from '#app/contract/core-environment.ts';
import type { CoreState } from '#app/contract/host.ts';
import type { OfferedBackup, ShellAnswer, ToCore, ToShell } from '#app/contract/shell.ts';
import { toShell } from '#app/contract/shell.ts';
import type { Settings } from '#app/contract/settings.ts';
import type { PlainError } from '#app/domain/errors.ts';
import { channels } from './channels.ts';
import { Engines, killByPid } from './engines.ts';
import type { CoreRoutes } from './protocol.ts';

export interface CoreProcessOptions {
  /** Absolute. */
  readonly home: string;
  readonly coreEntry: string;
  readonly engineEntry: string;
  /** Milliseconds; the clock of restarts. */
  readonly now: () => number;
  readonly onState: (state: CoreState) => void;
  readonly onTheme: (theme: Settings['theme']) => void;
  /** It never came up. `backup`: may be put in the place of a damaged database by another `start`. */
  readonly onStartFailed: (error: PlainError, backup: OfferedBackup | null) => void;
}

/** Deaths within this time count together; one more than these and it is not started again. */
const RESTART_WINDOW_MS = 60_000;
const RESTARTS = 3;

const UNAVAILABLE = { status: 503, headers: {}, body: null } as const;

const RESTARTING: CoreState = {
  state: 'restarting',
  message:
    'The part of the program that keeps your data ended unexpectedly and is being started again. Everything stored is kept; a training run can be resumed from its last checkpoint.',
};
const EXCHANGING: CoreState = {
  state: 'restarting',
  message: 'A backup is being put in the place of the database. What was there is kept as a backup of its own.',
};
const GIVEN_UP: CoreState = {
  state: 'stopped',
  message:
    'The part of the program that keeps your data ended several times in a row. Everything stored is kept. Close the program and start it again.',
};

export class CoreProcess implements CoreRoutes {
  readonly #options: CoreProcessOptions;
  readonly #engines: Engines;
  readonly #windows = new Set<WebContents>();
  readonly #asked = new Map<number, (answer: ShellAnswer) => void>();
  #deaths: readonly number[] = [];
  #process: UtilityProcess | null = null;
  #ready = false;
  #wasReady = false;
  #refusal: Extract<ToShell, { readonly type: 'failed' }> | null = null;
  #onPurpose = false;
  #closing: (() => void) | null = null;
  #lastId = 0;

  constructor(options: CoreProcessOptions) {
    this.#options = options;
    this.#engines = new Engines(options.engineEntry, {
      started: (engine, port) => this.#tell({ type: 'engine-started', engine }, [port]),
      ended: (engine, code, words) => this.#tell({ type: 'engine-ended', engine, code, words }),
    });
  }

  /** `restore`: the number of a backup to put in the database's place before. */
  start(restore: number | null = null): void {
    const core = utilityProcess.fork(this.#options.coreEntry, [], {
      env: { ...coreEnvironment(availableParallelism()), ...process.env },
      serviceName: 'DTL Studio core',
      stdio: 'inherit',
    });
    this.#process = core;
    core.on('message', (message: unknown) => {
      const said = toShell.safeParse(message);
      if (said.success) this.#hear(said.data);
    });
    core.once('exit', (code) => this.#ended(code));
    this.#tell({ type: 'start', home: this.#options.home, restore });
  }

  /** The page in `contents` gets a port, now or as soon as there is a core, and a new one after every restart. */
  connect(contents: WebContents): void {
    if (!this.#windows.has(contents)) {
      this.#windows.add(contents);
      contents.once('destroyed', () => this.#windows.delete(contents));
    }
    if (this.#ready) this.#handPort(contents);
  }

  /** What scrolled out of sight is not waited for, so the core need not make it. */
  async media(address: string, signal: AbortSignal): Promise<ShellAnswer> {
    if (signal.aborted) return { id: 0, ...UNAVAILABLE };
    let asked = 0;
    const drop = (): void => {
      this.#asked.get(asked)?.({ id: asked, ...UNAVAILABLE });
      if (this.#asked.delete(asked)) this.#tell({ type: 'drop', id: asked });
    };
    signal.addEventListener('abort', drop, { once: true });
    try {
      return await this.#ask((id) => ({ type: 'media', id: (asked = id), address }));
    } finally {
      signal.removeEventListener('abort', drop);
    }
  }

  upload(bytes: Uint8Array): Promise<ShellAnswer> {
    return this.#ask((id) => ({ type: 'upload', id, bytes }));
  }

  /** Lets it bring a run to a checkpoint and the database to rest; what is not done after `limitMs` is ended. */
  async close(limitMs: number): Promise<void> {
    const core = this.#process;
    if (core === null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#closing = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#tell({ type: 'close' });
    });
    this.#engines.killAll();
    if (this.#process !== null) killByPid(core);
  }

  #hear(message: ToShell): void {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.#wasReady = true;
        this.#options.onState({ state: 'ready', message: '' });
        for (const contents of this.#windows) this.#handPort(contents);
        break;
      case 'failed':
        this.#refusal = message;
        if (this.#wasReady) this.#options.onState({ state: 'stopped', message: message.error.message });
        break;
      case 'theme':
        this.#options.onTheme(message.theme);
        break;
      case 'answer':
        this.#asked.get(message.answer.id)?.(message.answer);
        this.#asked.delete(message.answer.id);
        break;
      case 'fork-engine':
        this.#forkEngine(message.engine);
        break;
      case 'kill-engine':
        this.#engines.kill(message.engine);
        break;
      case 'restarting':
        this.#onPurpose = true;
        this.#options.onState(EXCHANGING);
        break;
      case 'closed':
        this.#closing?.();
        break;
    }
  }

  #forkEngine(engine: number): void {
    try {
      this.#engines.fork(engine);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      this.#tell({ type: 'engine-ended', engine, code: null, words });
    }
  }

  #handPort(contents: WebContents): void {
    const { port1, port2 } = new MessageChannelMain();
    this.#tell({ type: 'connect' }, [port1]);
    contents.postMessage(channels.port, null, [port2]);
  }

  #ask(message: (id: number) => ToCore): Promise<ShellAnswer> {
    const id = ++this.#lastId;
    if (!this.#ready) return Promise.resolve({ id, ...UNAVAILABLE });
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.#tell(message(id));
    });
  }

  #tell(message: ToCore, ports: MessagePortMain[] = []): void {
    this.#process?.postMessage(message, ports);
  }

  #ended(code: number): void {
    this.#process = null;
    this.#ready = false;
    this.#engines.killAll();
    for (const [id, resolve] of this.#asked) resolve({ id, ...UNAVAILABLE });
    this.#asked.clear();
    if (this.#closing !== null) {
      this.#closing();
      return;
    }
    const refusal = this.#refusal;
    this.#refusal = null;
    if (!this.#wasReady) {
      // Only now is the profile free for another try.
      this.#options.onStartFailed(refusal?.error ?? endedAtStart(code), refusal?.backup ?? null);
      return;
    }
    if (refusal !== null) return;
    if (this.#onPurpose) {
      this.#onPurpose = false;
      this.start();
      return;
    }
    const now = this.#options.now();
    this.#deaths = [...this.#deaths.filter((at) => now - at < RESTART_WINDOW_MS), now];
    const again = this.#deaths.length <= RESTARTS;
    this.#options.onState(again ? RESTARTING : GIVEN_UP);
    if (again) this.start();
  }
}

function endedAtStart(code: number): PlainError {
  return {
    code: 'core.died',
    kind: 'bug',
    message: `The part of the program that keeps your data ended while it started (code ${code}). Everything stored is kept. Start the program again, and report this if it happens again.`,
    data: { exitCode: code },
  };
}
