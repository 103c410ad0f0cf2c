/**
 * One call of the program: where paths count from, what goes to which stream, how it is stopped, and how it ends.
 * stdout gets the result and nothing else (with --json: one document); everything said on the way goes to stderr.
 * Exit codes: 0 done, 1 failed or stopped, 2 wrong usage.
 */
import { resolve } from 'node:path';
import { asAppError } from '#app/domain/errors.ts';
import type { AppError } from '#app/domain/errors.ts';
import type { Progress } from '#app/domain/progress.ts';
import { homeFor } from '../core/home.ts';
import { appVersion } from '../core/machine.ts';
import type { Access, Core } from '../core/open-core.ts';
import { openCore } from '../core/open-core.ts';
import { printableLines } from './format.ts';
import { ProgressLine } from './progress.ts';

export interface CommonOptions {
  readonly home?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface Reply {
  /** What --json prints. */
  readonly json: unknown;
  /** What a person reads; an empty text prints nothing. */
  readonly text: string;
  /** True for a text that is data (CSV): it is printed as it is. Otherwise what could rule a terminal is escaped. */
  readonly exact?: boolean;
  /** False for work that was stopped before it was done; true unless said. */
  readonly done?: boolean;
}

/** What a command gets to watch and stop its work. */
export interface Running {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** A line for the person, now. */
  readonly say: (line: string) => void;
}

/** Nobody presses a key twice that fast. */
const SAME_SIGNAL_MILLISECONDS = 250;

export class Session {
  readonly cwd: string;
  readonly version = appVersion();
  readonly #progress = new ProgressLine(process.stderr);
  readonly #stop = new AbortController();
  #core: Core | null = null;

  constructor() {
    // npm runs scripts in the repository and tells where the person is.
    this.cwd = process.env['INIT_CWD'] ?? process.cwd();
  }

  path(typed: string): string {
    return resolve(this.cwd, typed);
  }

  home({ home }: CommonOptions): string {
    return homeFor(home, this.cwd);
  }

  /** Runs `act` on an open profile and prints its reply. `what` names the command to others who want the profile. */
  async withCore(
    options: CommonOptions,
    what: string,
    access: Access,
    act: (core: Core, running: Running) => Promise<Reply> | Reply,
  ): Promise<void> {
    await this.run(options, async (running) => {
      this.#core = await openCore({ home: this.home(options), what: `dtl ${what}`, access });
      try {
        for (const note of this.#core.notes) running.say(note);
        const reply = await act(this.#core, running);
        if (access === 'write') await backUpWhenDue(this.#core, running);
        return reply;
      } finally {
        this.#core.close();
      }
    });
  }

  /** Runs `act` and prints its reply, or what went wrong. */
  async run(options: CommonOptions, act: (running: Running) => Promise<Reply> | Reply): Promise<void> {
    const release = this.#listen();
    try {
      const reply = await act({
        signal: this.#stop.signal,
        onProgress: (progress) => this.#progress.update(progress),
        say: (line) => this.#progress.log(printableLines(line)),
      });
      this.#progress.clear();
      if (options.json === true) process.stdout.write(`${JSON.stringify(reply.json)}\n`);
      else if (reply.text !== '') {
        const text = reply.exact === true ? reply.text : printableLines(reply.text);
        process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
      }
      if (reply.done === false) process.exitCode = 1;
    } catch (thrown) {
      this.#progress.clear();
      fail(asAppError(thrown), options.json === true, 1);
    } finally {
      release();
    }
  }

  /** The first signal asks to stop, which leaves work that can go on; the second one ends the process. */
  #listen(): () => void {
    let interruptedAt = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      // npm passes a Ctrl-C on to a program that has had it from the terminal already.
      if (signal === 'SIGINT' && Date.now() - interruptedAt < SAME_SIGNAL_MILLISECONDS) return;
      if (signal === 'SIGINT') interruptedAt = Date.now();
      if (this.#stop.signal.aborted) {
        this.#core?.close();
        process.exit(1);
      }
      this.#progress.log('Stopping at the next safe point (once more ends it at once) ...');
      this.#stop.abort();
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, onSignal);
    return () => {
      for (const signal of signals) process.removeListener(signal, onSignal);
    };
  }
}

/** Whoever only ever works in a terminal has backups too. What was asked for is done by then, so a failure is only told. */
async function backUpWhenDue({ backups }: Core, { signal, say }: Running): Promise<void> {
  if (signal.aborted) return;
  try {
    if (await backups.isDue()) await backups.makeScheduled({ signal });
  } catch (error) {
    say(`The backup that is due could not be made: ${asAppError(error).message}`);
  }
}

/** Says what went wrong: to people on stderr, to programs as the one document on stdout. */
export function fail(error: AppError, json: boolean, exitCode: 1 | 2): void {
  process.exitCode = exitCode;
  const { code, kind, message, data } = error;
  const text = printableLines(message);
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, kind, message, data } })}\n`);
  else process.stderr.write(`${kind === 'bug' ? `This is a fault of the program itself: ${text}` : text}\n`);
  if (kind !== 'bug') return;
  const cause = error.cause instanceof Error ? error.cause : error;
  if (process.env['DTL_DEBUG'] === '1') process.stderr.write(`${cause.stack ?? ''}\n`);
  else process.stderr.write('DTL_DEBUG=1 shows where it happened; please report it with that.\n');
}
