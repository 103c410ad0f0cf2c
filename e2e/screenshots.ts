/**
 * The pictures of the README: `node e2e/screenshots.ts [FOLDER]` (docs/pictures unless told) labels and trains the sample
 * project in a temporary profile, in a browser that is installed here, and takes a picture of each screen.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { chromium } from '@playwright/test';
import { chromiumArguments, chromiumPath } from './harness/chromium.ts';
import { Served } from './harness/served.ts';

const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/pictures', import.meta.url));
const MINUTES = 60_000;

async function walk(page: Page, shoot: (name: string) => Promise<void>): Promise<void> {
  await page.getByRole('button', { name: 'Try the sample project' }).click();
  await page.waitForURL(/\/library/, { timeout: 2 * MINUTES });
  await page.getByRole('grid', { name: 'Photos' }).waitFor();

  await page.keyboard.press('g');
  await page.keyboard.press('t');
  // Enough for a curve; the pictures show the window, not a result.
  const epochs = page.getByRole('spinbutton', { name: /^Passes over the photos/ });
  await epochs.fill('6');
  await epochs.press('Tab');
  await page.getByRole('button', { name: 'Train DTL+' }).click({ timeout: MINUTES });
  await page.waitForURL(/\/runs\/\d+/);
  const exporting = page.getByRole('button', { name: 'Export pack' });
  await exporting.waitFor({ timeout: 10 * MINUTES });
  await shoot('run');
  await exporting.click();
  await page.getByRole('button', { name: 'Download pack' }).waitFor({ timeout: MINUTES });

  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.getByRole('button', { name: 'Look at the photos without a label' }).click();
  await page.getByRole('link', { name: /to accept/ }).waitFor({ timeout: 2 * MINUTES });
  await shoot('packs');

  await page.keyboard.press('g');
  await page.keyboard.press('a');
  await page.getByRole('toolbar', { name: 'Classes' }).waitFor();
  await shoot('label');

  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.getByRole('grid', { name: 'Photos' }).waitFor();
  await page.keyboard.press('End');
  await shoot('library');

  await page.keyboard.press('g');
  await page.keyboard.press('t');
  await page.getByRole('button', { name: 'Train DTL+' }).waitFor();
  await shoot('train');
}

const work = await mkdtemp(join(tmpdir(), 'dtl-pictures-'));
const served = await Served.start({ home: join(work, 'home'), root: work });
const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArguments });
try {
  await mkdir(folder, { recursive: true });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' });
  await page.goto(served.url);
  await walk(page, async (name) => {
    // Notices go away, pictures arrive.
    await page.waitForTimeout(9000);
    await page.screenshot({ path: join(folder, `${name}.png`) });
  });
} finally {
  await browser.close();
  await served.stop();
  await rm(work, { recursive: true, force: true });
}
