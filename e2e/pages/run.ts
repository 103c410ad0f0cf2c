import { expect } from '@playwright/test';
import type { Download, Locator, Page } from '@playwright/test';

const LONG = 120_000;

export class RunScreen {
  readonly page: Page;
  readonly lossCurve: Locator;
  readonly confusion: Locator;
  readonly progress: Locator;

  constructor(page: Page) {
    this.page = page;
    const main = page.getByRole('main');
    this.lossCurve = main.getByRole('img', { name: /^Loss over epochs/ });
    this.confusion = main.getByRole('grid', { name: /^Confusion matrix/ });
    this.progress = main.getByRole('progressbar');
  }

  button(name: string): Locator {
    return this.page.getByRole('main').getByRole('button', { name, exact: true });
  }

  /** Epochs that the page knows numbers of, the start not counted. */
  async epochs(): Promise<number> {
    const rows = await this.page.locator('details table tbody tr').count();
    return Math.max(0, rows - 1);
  }

  async reachesEpoch(epoch: number): Promise<void> {
    await expect.poll(() => this.epochs(), { timeout: LONG, intervals: [50] }).toBeGreaterThanOrEqual(epoch);
  }

  async finishes(epochs: number): Promise<void> {
    await expect(this.page.getByText(`Finished ${epochs} epoch`)).toBeVisible({ timeout: LONG });
  }

  /** The first cell of the diagonal with photos in it, and how many. */
  async filledCell(): Promise<{ readonly cell: Locator; readonly photos: number }> {
    const cell = this.confusion.getByRole('gridcell', { name: /^[1-9]\d* photos? of .* right$/ }).first();
    return { cell, photos: Number.parseInt((await cell.getAttribute('aria-label')) ?? '', 10) };
  }

  async exportPack(): Promise<Download> {
    const download = this.page.waitForEvent('download');
    await this.button('Export pack').click();
    return download;
  }
}
