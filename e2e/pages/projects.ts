import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

export class ProjectsScreen {
  readonly page: Page;
  readonly tiles: Locator;

  constructor(page: Page) {
    this.page = page;
    this.tiles = page.getByRole('main').getByRole('article');
  }

  /** Ends in its library. */
  async trySample(): Promise<void> {
    await this.page.getByRole('button', { name: 'Try the sample project' }).click();
    await this.#inLibrary();
  }

  /** `folders`: from the root that may be looked into, one below the other. Ends in the library. */
  async newFromFolder(folders: readonly string[], photos: number): Promise<void> {
    await this.page.getByRole('button', { name: 'New from a folder' }).click();
    const picker = this.page.getByRole('dialog', { name: 'Choose a folder of photos' });
    for (const folder of folders) {
      await picker.getByRole('listitem').getByRole('button', { name: folder, exact: true }).click();
    }
    await expect(picker.getByText(`${photos} photos directly in here`)).toBeVisible();
    await picker.getByRole('button', { name: 'Use this folder' }).click();
    await this.page.getByRole('button', { name: `Create project with ${photos} photos` }).click();
    await this.#inLibrary();
  }

  async open(name: string): Promise<void> {
    await this.tiles.getByRole('link', { name }).click();
    await this.#inLibrary();
  }

  async #inLibrary(): Promise<void> {
    await expect(this.page.getByRole('heading', { level: 1, name: 'Library' })).toBeVisible({ timeout: 180_000 });
    await expect(this.page.getByRole('grid', { name: 'Photos' })).toBeVisible();
  }
}
