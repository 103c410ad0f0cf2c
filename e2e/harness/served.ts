/** The browser host, started as people start it, in a profile of the test's own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { descendants } from './processes.ts';

const program = fileURLToPath(new URL('../../main/cli/dtl.ts', import.meta.url));
const FIRST_LINE = /^DTL Studio: (http:\/\/127\.0\.0\.1:\d+\/\?token=\S+)$/m;

export interface ServeOptions {
  readonly home: string;
  readonly root: string;
  /** Fixed, where a page that is open has to find a restarted server again. */
  readonly port?: number;
  /** A command that the server is started through, e.g. strace with its arguments. */
  readonly through?: readonly string[];
}

export class Served {
  readonly url: string;
  readonly child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #stderr: () => string;

  private constructor(url: string, child: ChildProcess, ended: Promise<number | null>, stderr: () => string) {
    this.url = url;
    this.child = child;
    this.#ended = ended;
    this.#stderr = stderr;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get stderr(): string {
    return this.#stderr();
  }

  /** Rejects with what the server said when it ends before its line. */
  static async start({ home, root, port, through = [] }: ServeOptions): Promise<Served> {
    const [command, ...rest] = [...through, process.execPath, program];
    const args = [
      ...rest,
      'serve',
      '--home',
      home,
      '--root',
      root,
      ...(port === undefined ? [] : ['--port', String(port)]),
    ];
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const url = await new Promise<string>((resolve, reject) => {
      child.on('error', reject);
      void ended.then((code) => reject(new Error(`dtl serve ended with ${code ?? 'a signal'}: ${stdout}${stderr}`)));
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk;
        const line = FIRST_LINE.exec(stdout);
        if (line?.[1] !== undefined) resolve(line[1]);
      });
    });
    return new Served(url, child, ended, () => stderr);
  }

  /** Of the server itself, also where it was started through something else. */
  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error('the server was not started');
    return descendants(pid).find(({ command }) => command.includes(`${program} serve`))?.pid ?? pid;
  }

  /** Asks it to end and waits; gives the exit code. */
  async stop(): Promise<number | null> {
    // A tracer keeps signals to itself.
    if (this.child.exitCode === null && this.child.signalCode === null) process.kill(this.pid, 'SIGTERM');
    return this.#ended;
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }
}
