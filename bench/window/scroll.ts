/** Scrolling by a steady wheel, and a page beside it that has nothing to show: what is late there, the machine is to blame for. */
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Page } from '@playwright/test';
import type { Frame } from './clock.ts';

const TICKS = 25;
const PAUSE_MS = 800;

/** This program's own heap, before frames are counted: its collections take both cores for a time in which a frame is due. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}

/** As long as the list of 100,000 photos, and no scripts, pictures or elements in it. */
const NOTHING_IN_IT =
  '<style>body { margin: 0 } [role=grid] { height: 100vh; overflow-y: auto } [role=row] { height: 3000000px; ' +
  'background: repeating-linear-gradient(#ddd, #ddd 160px, #fff 160px, #fff 172px) }</style>' +
  '<div role="grid" aria-label="Photos"><div role="row"></div></div>';

export async function showNothing(page: Page): Promise<void> {
  await page.goto('about:blank');
  await page.setContent(NOTHING_IN_IT);
}

/** The wheel over the grid's middle by so many `pixels` in 100 ms: the frames while it moved. */
export async function scrolled(page: Page, pixels: number): Promise<readonly Frame[]> {
  const box = await page.getByRole('grid', { name: 'Photos' }).boundingBox();
  if (box === null) throw new Error('the grid is not there');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await delay(PAUSE_MS / 2);
  collectGarbage();
  await delay(PAUSE_MS / 2);
  await page.evaluate('benchClock.startFrames()');
  const begin = performance.now();
  for (let tick = 0; tick < TICKS; tick++) {
    // Not awaited: the next turn of the wheel does not wait for the page.
    void page.mouse.wheel(0, pixels);
    await delay(Math.max(0, begin + 100 * (tick + 1) - performance.now()));
  }
  return page.evaluate<readonly Frame[]>('benchClock.stopFrames()');
}
