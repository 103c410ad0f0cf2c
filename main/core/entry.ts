/**
 * The core as a process of its own below Electron's shell: opens the profile, serves the contract on every port that the
 * shell brings, answers for pictures and uploads, and has the shell fork its engines.
 */
import { RPCHandler } from '@orpc/server/message-port';
import type { ShellAnswer, ToCore, ToShell } from '#app/contract/shell.ts';
import { toCore } from '#app/contract/shell.ts';
import { asAppError } from '#app/domain/errors.ts';
import { parentPort } from '../engine/parent-port.ts';
import type { ProcessPort } from '../engine/parent-port.ts';
import { backupFor, restoreBackupAt } from './backup-cases.ts';
import { brokeredEngine } from './brokered-engine.ts';
import type { Live } from './open-live.ts';
import { openLive } from './open-live.ts';

/** As others are told who has the profile. */
const WHAT = 'the desktop app';

const shell = parentPort();
if (shell === null) throw new Error('This is started by the desktop app.');

const tell = (message: ToShell): void => shell.postMessage(message);
const engine = brokeredEngine(tell);
const pictures = new Map<number, AbortController>();
let live: Promise<Live> | null = null;

shell.on('message', ({ data, ports: [port] }) => void hear(toCore.parse(data), port));

async function hear(message: ToCore, port: ProcessPort | undefined): Promise<void> {
  switch (message.type) {
    case 'start':
      return start(message.home, message.restore);
    case 'engine-started':
      if (port !== undefined) engine.started(message.engine, port);
      break;
    case 'engine-ended':
      engine.ended(message.engine, message.code, message.words);
      break;
    case 'drop':
      pictures.get(message.id)?.abort();
      break;
    case 'close':
      await (await live)?.close();
      tell({ type: 'closed' });
      return process.exit(0);
    case 'connect':
    case 'media':
    case 'upload': {
      const open = await live;
      if (open !== null) await serve(open, message, port);
    }
  }
}

async function serve(
  open: Live,
  message: Extract<ToCore, { readonly type: 'connect' | 'media' | 'upload' }>,
  port: ProcessPort | undefined,
): Promise<void> {
  if (message.type === 'connect') {
    if (port === undefined) return;
    new RPCHandler(open.router, open.handling).upgrade(port);
    port.start();
    return;
  }
  const answer = message.type === 'media' ? await picture(open, message) : await receive(open, message.bytes);
  tell({ type: 'answer', answer: { id: message.id, ...answer } });
}

async function start(home: string, backup: number | null): Promise<void> {
  live ??= opened(home, backup);
  try {
    const open = await live;
    void followTheme(open);
    tell({ type: 'ready' });
  } catch (error) {
    const failure = asAppError(error);
    const found = await backupFor(home, failure).catch(() => null);
    tell({ type: 'failed', error: failure.toPlain(), backup: found === null ? null : { id: found.id, at: found.at } });
    process.exit(1);
  }
}

async function opened(home: string, backup: number | null): Promise<Live> {
  if (backup !== null) await restoreBackupAt(home, backup, WHAT);
  return openLive({ home, what: WHAT, host: 'desktop', engine, onRestart: () => void restart() });
}

/** The shell starts a core anew when it ended. */
async function restart(): Promise<void> {
  tell({ type: 'restarting' });
  await (await live)?.close();
  process.exit(0);
}

/** The shell's own surfaces (dialogs, the ground under the page) follow the theme that was chosen in the page. */
async function followTheme({ core, hub }: Live): Promise<void> {
  const say = (): void => tell({ type: 'theme', theme: core.settings.get().theme });
  say();
  for await (const event of hub.stream()) if (event.type === 'settings') say();
}

async function picture(
  { media }: Live,
  { id, address }: { readonly id: number; readonly address: string },
): Promise<Omit<ShellAnswer, 'id'>> {
  const stop = new AbortController();
  pictures.set(id, stop);
  try {
    return { ...(await media(address, stop.signal)) };
  } finally {
    pictures.delete(id);
  }
}

async function receive({ uploads }: Live, bytes: Uint8Array): Promise<Omit<ShellAnswer, 'id'>> {
  const headers = { 'content-type': 'application/json' };
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  try {
    const upload = await uploads.receive(once(bytes));
    return { status: 200, headers, body: json({ upload }) };
  } catch (thrown) {
    const { code, message } = asAppError(thrown);
    return { status: code === 'files.upload-too-large' ? 413 : 500, headers, body: json({ code, message }) };
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
