/** The browser host over the real core, whose end takes its time. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import type * as OpenLive from '../core/open-live.ts';
import type { LiveOptions } from '../core/open-live.ts';
import { serve } from './serve.ts';

const PATIENCE = 50;
/** As long as both times that the host would wait at its end, and more. */
const SLOW = 400;

const opened = vi.hoisted((): { options: LiveOptions[]; closed: number } => ({ options: [], closed: 0 }));
vi.mock('../core/open-live.ts', async (original) => {
  const { openLive } = await original<typeof OpenLive>();
  return {
    openLive: async (options: LiveOptions) => {
      const live = await openLive(options);
      opened.options.push(options);
      let closing: Promise<void> | null = null;
      const close = async (): Promise<void> => {
        await delay(SLOW);
        await live.close();
        opened.closed += 1;
      };
      return { ...live, close: () => (closing ??= close()) };
    },
  };
});

async function served(): Promise<{
  readonly stop: AbortController;
  readonly end: Promise<void>;
}> {
  Object.assign(opened, { options: [], closed: 0 });
  const folder = await mkdtemp(join(tmpdir(), 'dtl-serve-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [home, site] = [join(folder, 'home'), join(folder, 'site')];
  await mkdir(site);
  await writeFile(join(site, 'index.html'), '<!doctype html>');
  const stop = new AbortController();
  let end: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve, reject) => {
    end = serve({
      home,
      roots: [folder],
      port: 0,
      site,
      signal: stop.signal,
      onReady: () => resolve(),
      say: () => undefined,
      patience: PATIENCE,
    });
    end.catch(reject);
  });
  return { stop, end };
}

it('opens the profile again when a restore asks for it, however long the core takes to close', async () => {
  const { stop, end } = await served();
  opened.options[0]?.onRestart?.();
  await Promise.race([end, vi.waitFor(() => expect(opened.options).toHaveLength(2), 10_000)]);
  expect(opened.closed).toBe(1);
  stop.abort();
  await end;
  await vi.waitFor(() => expect(opened.closed).toBe(2), 10_000);
});

it('waits no longer than its patience when it is asked to stop, also amid a restart', async () => {
  const { stop, end } = await served();
  opened.options[0]?.onRestart?.();
  await delay(PATIENCE);
  stop.abort();
  await end;
  expect(opened.closed).toBe(0);
  expect(opened.options).toHaveLength(1);
  await vi.waitFor(() => expect(opened.closed).toBe(1), 10_000);
});
