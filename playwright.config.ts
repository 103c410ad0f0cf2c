/**
 * Flows through the window: `browser` drives the interface as the browser host serves it, in a chromium that is installed
 * on the machine; `desktop` drives the same flows in Electron and says why when it cannot.
 */
import { defineConfig } from '@playwright/test';
import { whyNoDesktop } from './e2e/harness/desktop.ts';

const MINUTE = 60_000;

// The list says that flows were skipped, not why. Workers read this file too, and have nothing to add.
const why = whyNoDesktop();
if (why !== null && process.env['TEST_WORKER_INDEX'] === undefined) {
  process.stderr.write(`Flows are not driven in Electron: ${why}.\n`);
}

export default defineConfig({
  testDir: 'e2e/window',
  // Every flow has a profile, a server and engines of its own; two at once would fight over the cores.
  workers: 1,
  timeout: 2 * MINUTE,
  expect: { timeout: 15_000 },
  forbidOnly: process.env['CI'] !== undefined,
  // A browser, a server and an engine share two cores here: a flow that only then passes is named flaky in the list.
  retries: process.env['CI'] === undefined ? 0 : 2,
  reporter: [['list'], ['json', { outputFile: process.env['DTL_E2E_REPORT'] ?? 'test-results/report.json' }]],
  outputDir: 'test-results',
  use: { viewport: { width: 1440, height: 900 }, trace: 'off', screenshot: 'only-on-failure' },
  projects: [{ name: 'browser' }, { name: 'desktop' }],
});
