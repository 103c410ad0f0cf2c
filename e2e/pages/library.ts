import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

export class LibraryScreen {
  readonly page: Page;
  readonly grid: Locator;
  /** Only those in sight exist. */
  readonly cells: Locator;
  readonly total: Locator;
  readonly inspector: Locator;
  readonly chosen: Locator;
  readonly search: Locator;

  constructor(page: Page) {
    this.page = page;
    this.grid = page.getByRole('grid', { name: 'Photos' });
    this.cells = this.grid.getByRole('gridcell');
    this.total = page.getByTestId('total');
    this.inspector = page.getByRole('complementary', { name: 'Inspector' });
    this.chosen = page.getByRole('toolbar', { name: 'The chosen photos' });
    this.search = page.getByRole('textbox', { name: 'Find photos by name' });
  }

  cell(photo: string): Locator {
    return this.grid.getByRole('gridcell', { name: photo });
  }

  async shows(photos: number): Promise<void> {
    await expect(this.total).toHaveText(photos === 1 ? '1 photo' : `${photos} photos`);
  }

  async find(text: string): Promise<void> {
    await this.search.fill(text);
  }

  /** Key by key, with so many milliseconds from one to the next. */
  async type(text: string, between: number): Promise<void> {
    await this.search.pressSequentially(text, { delay: between });
  }

  /** What each photo in sight is called with its label and what a model says: `new-029-gear.jpg, gear, ...`. */
  async descriptions(): Promise<readonly string[]> {
    await expect(this.grid.getByRole('gridcell', { name: /\.\w+, / }).first()).toBeVisible();
    await expect(this.grid.locator('[role=gridcell]:not([aria-label])')).toHaveCount(0);
    const names = (await this.cells.all()).map((cell) => cell.getAttribute('aria-label'));
    return (await Promise.all(names)).map((name) => name ?? '');
  }
}
