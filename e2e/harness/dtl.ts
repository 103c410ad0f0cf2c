/** The real `dtl`, started as people start it, in a profile and a folder of the test's own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../main/cli/dtl.ts', import.meta.url));

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stderr has said something that matches; rejects when the program ends without. */
  saysOnStderr(pattern: RegExp): Promise<void>;
}

export class Bench {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Bench> {
    return new Bench(await mkdtemp(join(tmpdir(), 'dtl-flow-')));
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  /** Starts `dtl` in the test's folder, as npm does: with another working directory and INIT_CWD. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, INIT_CWD: this.folder, DTL_STUDIO_HOME: this.path('home'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { stdout: '', stderr: '' };
    const watchers = new Set<() => void>();
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        text[stream] += chunk;
        for (const check of watchers) check();
      });
    }
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, ...text }));
    });
    const saysOnStderr = (pattern: RegExp): Promise<void> =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (pattern.test(text.stderr)) resolve();
        };
        watchers.add(check);
        check();
        ended.then(({ stderr }) => reject(new Error(`dtl ended without saying ${String(pattern)}: ${stderr}`)), reject);
      });
    return { child, ended, saysOnStderr };
  }

  run(...args: readonly string[]): Promise<Ended> {
    return this.start(args).ended;
  }

  /** Runs with --json and gives the document; throws what was said where the exit code is not 0. */
  async json(...args: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(`dtl ${args.join(' ')} ended with ${code ?? 'a signal'}: ${stdout}${stderr}`);
    return JSON.parse(stdout);
  }

  /** Runs with --json and gives the error; throws where there was none. */
  async failure(...args: readonly string[]): Promise<{ readonly exit: number | null; readonly error: unknown }> {
    const { code, stdout } = await this.run(...args, '--json');
    const document: unknown = JSON.parse(stdout);
    if (typeof document !== 'object' || document === null || !('error' in document)) {
      throw new Error(`dtl ${args.join(' ')} did not fail: ${stdout}`);
    }
    return { exit: code, error: document.error };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
