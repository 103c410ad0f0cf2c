import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

export class PacksScreen {
  readonly page: Page;
  /** Photos of a folder that a pack has looked at; only those in sight exist. */
  readonly results: Locator;
  /** Of each pack in the table: the tick to apply it with others, and its name. */
  readonly ticks: Locator;
  readonly names: Locator;
  /** What several packs say of each photo. */
  readonly sideBySide: Locator;

  constructor(page: Page) {
    this.page = page;
    this.results = page.getByRole('grid', { name: 'What the pack says' }).getByRole('gridcell');
    const table = page.getByRole('table', { name: 'Packs of this profile' });
    this.ticks = table.getByRole('checkbox');
    this.names = table.getByRole('rowheader').getByRole('button');
    this.sideBySide = page.getByRole('table', { name: 'What each pack says of each photo' });
  }

  /** Of the results in sight, in percent. */
  async confidences(): Promise<readonly number[]> {
    const said = await this.results.allTextContents();
    return said.map((one) => Number(/(\d+)%/.exec(one)?.[1]));
  }

  /** Lets it fall anywhere on the screen. */
  async drop(path: string | string[]): Promise<void> {
    await this.page.getByRole('main').getByRole('heading', { level: 1 }).drop({ files: path });
  }

  /** Waits until it has looked at all of them. */
  async lookAtUnlabelled(photos: number): Promise<void> {
    await this.page.getByRole('button', { name: 'Look at the photos without a label' }).click();
    await expect(this.page.getByText(`has looked at ${photos} photo`).first()).toBeVisible({ timeout: 60_000 });
  }

  /** Waits until it is written, tried and handed over; returns the name of the file. */
  async saveAsOnnx(): Promise<string> {
    const download = this.page.waitForEvent('download', { timeout: 120_000 });
    await this.page.getByRole('button', { name: /^Save as ONNX \(about / }).click();
    return (await download).suggestedFilename();
  }

  async openSuggestions(photos: number): Promise<void> {
    await this.page.getByRole('link', { name: `${photos} to accept` }).click();
  }
}
