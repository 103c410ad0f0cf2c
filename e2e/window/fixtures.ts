/** A window over a profile of the test's own: in a browser, or in the desktop app where that can be had. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, ElectronApplication, Page } from '@playwright/test';
import { _electron, chromium, expect, test as base } from '@playwright/test';
import { chromiumArguments, chromiumPath } from '../harness/chromium.ts';
import { electronBinary, whyNoDesktop } from '../harness/desktop.ts';
import { traced } from '../harness/network.ts';
import { Served } from '../harness/served.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

/** One profile with its core and windows. */
export interface Machine {
  readonly home: string;
  /** A folder for photos and files, which the window may look into. */
  readonly root: string;
  /** A first or a further window of the same core. */
  open(): Promise<Page>;
  /** The process that everything runs below. */
  readonly pid: number;
  /** Ends the core and starts it again on the same profile; open pages find it again in a browser. */
  restart(): Promise<void>;
  /** Requests of pages to other machines. */
  readonly strangers: readonly string[];
  /** What its processes asked of the network (`harness/network.ts`); null where nobody listens. */
  readonly trace: string | null;
}

interface Fixtures {
  readonly machine: Machine;
  /** Another computer: nothing of the first one is there. */
  readonly otherMachine: Machine;
}

interface Options {
  /** Whether every connect and datagram of the machine's processes is recorded. */
  readonly networkTraced: boolean;
}

/** A control that is not there after this time will not come. */
const ACTION_MS = 15_000;
const VIEW = { width: 1440, height: 900 };

async function browserMachine(browser: Browser, folder: string, trace: string | null) {
  const [home, root] = [join(folder, 'home'), folder];
  const through = trace === null ? [] : traced(trace);
  let served = await Served.start({ home, root, through });
  const strangers: string[] = [];
  const failures: string[] = [];
  const context = await browser.newContext({ viewport: VIEW, acceptDownloads: true });
  context.setDefaultTimeout(ACTION_MS);
  context.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (!['data:', 'blob:'].includes(protocol) && hostname !== '127.0.0.1') strangers.push(request.url());
  });
  const machine: Machine = {
    home,
    root,
    strangers,
    trace,
    get pid() {
      return served.pid;
    },
    open: async () => {
      const page = await context.newPage();
      page.on('pageerror', (error) => failures.push(error.stack ?? error.message));
      await page.goto(served.url);
      return page;
    },
    restart: async () => {
      const { port } = served;
      expect(await served.stop()).toBe(0);
      served = await Served.start({ home, root, port });
    },
  };
  const end = async (): Promise<void> => {
    await context.close();
    const code = await served.stop();
    expect(code, served.stderr).toBe(0);
    expect(strangers, 'requests to other machines').toEqual([]);
    expect(failures, 'errors that no part of the page caught').toEqual([]);
  };
  return { machine, end };
}

async function desktopMachine(folder: string) {
  const [home, root] = [join(folder, 'home'), folder];
  const executablePath = electronBinary();
  if (executablePath === null) throw new Error('there is no Electron to start');
  const start = (): Promise<ElectronApplication> =>
    _electron.launch({ executablePath, args: [checkout, '--home', home], cwd: checkout });
  let app = await start();
  const machine: Machine = {
    home,
    root,
    strangers: [],
    trace: null,
    get pid() {
      return app.process().pid ?? 0;
    },
    open: () => app.firstWindow(),
    restart: async () => {
      await app.close();
      app = await start();
    },
  };
  return { machine, end: () => app.close() };
}

export const test = base.extend<Fixtures & Options>({
  networkTraced: [false, { option: true }],
  machine: async ({ networkTraced }, use, info) => {
    await withMachine(info.project.name, networkTraced, use);
  },
  otherMachine: async ({ browserName: _browserName }, use, info) => {
    await withMachine(info.project.name, false, use);
  },
});

async function withMachine(
  project: string,
  isTraced: boolean,
  use: (machine: Machine) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dtl-window-'));
  try {
    if (project === 'desktop') {
      const why = whyNoDesktop();
      base.skip(why !== null, `not driven in Electron: ${why ?? ''}`);
      const { machine, end } = await desktopMachine(folder);
      await use(machine);
      await end();
      return;
    }
    const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArguments });
    const { machine, end } = await browserMachine(browser, folder, isTraced ? join(folder, 'trace') : null);
    try {
      await use(machine);
    } finally {
      await end();
      await browser.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export { expect };
