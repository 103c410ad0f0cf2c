/**
 * What a person waits for in the window with 100,000 photos and their thumbnail files on disk, in the browser host and an
 * installed chromium (1440x900), by the page's own clock:
 *
 *   npm run build && node bench/window/measure.ts [--home DIR] [--out FILE] [--only start,filter,scroll,label] [--repetitions 7]
 *
 * seeds a profile (half a minute; an earlier one with --home), measures for four minutes and prints one JSON object with
 * every single figure; what was kept is `bench/results/window.json`. Nothing else should run beside it.
 *
 * startUp: from starting the command to the Projects screen with its covers painted, in a browser whose empty window is open.
 * firstPaint: from the click on the project until every thumbnail in sight is decoded and painted, caches of browser and
 *   server empty (the file system's are not). comingBack: the same click once more.
 * filter: from the click until the new list's rows, and their decoded pictures, are painted; the pointer was on its target for
 *   150 ms, as a hand's is before it presses. filterAtOnce: of a pointer that presses where it has just appeared, as only a
 *   program's does. search: from the key.
 * scroll: a steady wheel over photos that were not looked at before. A frame is whole when every photo in sight is
 *   decoded; `wholeGaps` are the times between whole frames, so what is not decoded in time counts as a late frame.
 *   `nothingIntervals`: between frames of a page that shows nothing, scrolled alike: what the machine itself is late by.
 * label: from the key to the next photo's being decoded and painted, photos of 6 megapixels.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { cpus, getPriority, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Browser, Page } from '@playwright/test';
import { chromium } from '@playwright/test';
import { chromiumArguments, chromiumPath } from '../../e2e/harness/chromium.ts';
import { Served } from '../../e2e/harness/served.ts';
import type { Arrival } from './clock.ts';
import { scrolled, showNothing } from './scroll.ts';
import { seed, unlabel } from './seed.ts';
import { intervals, spread, wholeGaps } from './spread.ts';
import { unheard } from './unheard.ts';

const PATIENCE_MS = 10_000;
const PHOTOS = 100_000;
const TO_LABEL = 700;
const LABELS = 200;
/** A fast pace: between one photo's being there and the next key. */
const THINKING_MS = 250;
const HURRYING_MS = 100;
const FILTERS = 6;
/** Less than the pause between a hand's arriving at a target and its pressing. */
const AIMING_MS = 150;
/** Lines in 100 ms. */
const SPEEDS = [1, 2, 3] as const;

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    out: { type: 'string' },
    only: { type: 'string' },
    repetitions: { type: 'string' },
  },
});
const repetitions = Number(values.repetitions ?? 7);
const parts = values.only?.split(',') ?? ['start', 'filter', 'scroll', 'label'];
const clockText = stripTypeScriptTypes(readFileSync(new URL('page/clock.ts', import.meta.url), 'utf8'));

const figures = {
  startUp: [] as number[],
  serverReady: [] as number[],
  firstPaint: { rows: [] as number[], whole: [] as number[] },
  comingBack: { rows: [] as number[], whole: [] as number[] },
  filter: { rows: [] as number[], whole: [] as number[] },
  filterAtOnce: { rows: [] as number[], whole: [] as number[] },
  search: { rows: [] as number[], whole: [] as number[] },
  scroll: SPEEDS.map((lines) => ({
    linesIn100Milliseconds: lines,
    photosInASecond: 0,
    intervals: [] as number[],
    wholeGaps: [] as number[],
    frames: 0,
    notWhole: 0,
    /** Of a page that shows nothing, scrolled by the same lines. */
    nothingIntervals: [] as number[],
  })),
  label: [] as number[],
  labelHurrying: [] as number[],
};

function note(into: { rows: number[]; whole: number[] }, { start, rows, whole }: Arrival): void {
  into.rows.push(rows - start);
  into.whole.push(whole - start);
}

/** A window with nothing in its caches. */
async function windowOf(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.addInitScript({ content: clockText });
  return page;
}

const arrivalOf = (page: Page): Promise<Arrival> => page.evaluate<Arrival>('benchClock.awaitArrival()');

async function clickAndWait(page: Page, click: () => Promise<void>): Promise<Arrival> {
  await page.evaluate('benchClock.watchClick()');
  await click();
  return arrivalOf(page);
}

const tile = (page: Page) => page.getByRole('main').getByRole('article').getByRole('link').first();

async function measureStart(browser: Browser, home: string): Promise<{ served: Served; page: Page }> {
  const page = await windowOf(browser);
  const start = performance.timeOrigin + performance.now();
  const served = await Served.start({ home, root: home });
  figures.serverReady.push(performance.timeOrigin + performance.now() - start);
  await page.goto(served.url);
  figures.startUp.push((await page.evaluate<number>('benchClock.projects')) - start);
  // What the start itself left to do is not the next figure's.
  await delay(500);
  note(figures.firstPaint, await clickAndWait(page, () => tile(page).click()));
  await page.goBack();
  await tile(page).waitFor();
  await delay(300);
  note(figures.comingBack, await clickAndWait(page, () => tile(page).click()));
  return { served, page };
}

async function measureFilters(page: Page, repetition: number): Promise<void> {
  await page.getByRole('button', { name: 'Classes', exact: true }).first().click();
  const boxes = page.getByRole('list', { name: 'Classes to show' }).getByRole('checkbox');
  for (let i = 0; i < FILTERS; i++) {
    // Neither has been on this page before.
    for (const [into, aiming, past] of [
      [figures.filter, AIMING_MS, 0],
      [figures.filterAtOnce, 0, 10],
    ] as const) {
      const box = boxes.nth(((repetition * FILTERS + i + past) % 20) + 1);
      for (let turn = 0; turn < 2; turn++) {
        await delay(200);
        if (aiming > 0) {
          await box.hover();
          await delay(aiming);
        }
        note(into, await clickAndWait(page, () => box.click()));
      }
    }
  }
  await page.keyboard.press('Escape');
  const field = page.getByRole('textbox', { name: 'Find photos by name' });
  await field.click();
  for (const character of String(1 + (repetition % 9))) {
    await delay(300);
    await page.evaluate('benchClock.watchTyping()');
    await page.keyboard.press(character);
    note(figures.search, await arrivalOf(page));
  }
  await clickAndWait(page, () => page.getByRole('button', { name: /^Show photos without regard to/ }).click());
}

async function measureScroll(page: Page, browser: Browser): Promise<void> {
  const line = await page.evaluate<number>('benchClock.lineHeight()');
  const columns = Number(await page.getByRole('grid', { name: 'Photos' }).getAttribute('aria-colcount'));
  for (const scroll of figures.scroll) {
    const frames = await scrolled(page, line * scroll.linesIn100Milliseconds);
    scroll.intervals.push(...intervals(frames));
    scroll.wholeGaps.push(...wholeGaps(frames));
    scroll.frames += frames.length;
    scroll.notWhole += frames.filter(({ whole }) => !whole).length;
    scroll.photosInASecond = 10 * scroll.linesIn100Milliseconds * columns;
  }
  const nothing = await windowOf(browser);
  await showNothing(nothing);
  for (const scroll of figures.scroll) {
    scroll.nothingIntervals.push(...intervals(await scrolled(nothing, line * scroll.linesIn100Milliseconds)));
  }
  await nothing.context().close();
}

async function measureLabels(page: Page, pause: number, count: number): Promise<readonly number[]> {
  await page.reload();
  await page.getByTestId('place').waitFor();
  await delay(1500);
  await unheard(page, async () => {
    for (let done = 0; done < count; done++) {
      await page.keyboard.press(String(1 + (done % 9)));
      await page.evaluate(`benchClock.awaitLabels(${done + 1})`);
      await delay(pause);
    }
  });
  return page.evaluate<readonly number[]>('benchClock.labels()');
}

async function measure(home: string): Promise<{ chromium: string }> {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArguments });
  try {
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const { served, page } = await measureStart(browser, home);
      try {
        await unheard(page, async () => {
          if (parts.includes('filter')) await measureFilters(page, repetition);
          if (parts.includes('scroll')) await measureScroll(page, browser);
        });
        if (repetition === 0 && parts.includes('label')) {
          await page.goto(`${new URL(served.url).origin}/#/p/1/label`);
          figures.label.push(...(await measureLabels(page, THINKING_MS, LABELS)));
          figures.labelHurrying.push(...(await measureLabels(page, HURRYING_MS, LABELS)));
        }
      } finally {
        await page.context().close();
        await served.stop();
      }
    }
    return { chromium: browser.version() };
  } finally {
    await browser.close();
  }
}

const folder = values.home === undefined ? mkdtempSync(join(tmpdir(), 'dtl-bench-window-')) : null;
try {
  const home = values.home ?? join(folder ?? '', 'home');
  if (folder === null) unlabel(home, TO_LABEL);
  else await seed(home, PHOTOS, TO_LABEL);
  const before = loadavg();
  const { chromium: version } = await measure(home);
  const result = {
    bench: 'window',
    at: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim(),
    machine: {
      cpu: cpus()[0]?.model,
      cores: cpus().length,
      platform: process.platform,
      node: process.version,
      chromium: version,
      niceness: getPriority(),
    },
    loadAverage: { before, after: loadavg() },
    photos: PHOTOS,
    bounds: { startUp: 3000, firstPaint: 1000, filter: 100, wholeGap: 50, label: 50 },
    spreads: {
      startUp: spread(figures.startUp),
      firstPaint: spread(figures.firstPaint.whole),
      comingBack: spread(figures.comingBack.whole),
      filterRows: spread(figures.filter.rows),
      filter: spread(figures.filter.whole),
      filterAtOnce: spread(figures.filterAtOnce.whole),
      search: spread(figures.search.whole),
      scroll: figures.scroll.map((scroll) => ({
        linesIn100Milliseconds: scroll.linesIn100Milliseconds,
        intervals: spread(scroll.intervals),
        wholeGaps: spread(scroll.wholeGaps),
        nothingIntervals: spread(scroll.nothingIntervals),
        shareNotWhole: scroll.notWhole / Math.max(1, scroll.frames),
      })),
      label: spread(figures.label),
      labelHurrying: spread(figures.labelHurrying),
    },
    milliseconds: figures,
  };
  const text = JSON.stringify(result, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(2)) : value,
  );
  if (values.out !== undefined) writeFileSync(values.out, `${text}\n`);
  console.log(text);
} finally {
  if (folder !== null) rmSync(folder, { recursive: true, force: true });
}
