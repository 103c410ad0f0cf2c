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

  /** With its photos, into a folder. Ends when the file is written and checked. */
  async archive(name: string, folder: string): Promise<void> {
    await this.page.getByRole('button', { name: `Archive ${name}` }).click();
    await this.page.getByRole('checkbox', { name: /With the photos themselves/ }).click();
    await this.page.getByRole('button', { name: 'Choose a folder and archive' }).click();
    await this.#pick('Choose a folder for the archive', folder);
    await expect(this.page.getByText(`${name}.dtlproject`)).toBeVisible({ timeout: 120_000 });
    await this.page.keyboard.press('Escape');
  }

  /** Ends at the question where its photos are. */
  async lookIntoArchive(folder: string, file: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Open an archive' }).click();
    const picker = await this.#goTo('Choose the archive of a project', folder);
    await picker.getByRole('listitem').getByRole('button', { name: file }).click();
    await expect(this.page.getByRole('heading', { name: /^Open the archive of/ })).toBeFocused();
  }

  /** Its photos go into a folder. Ends in its library. */
  async openArchive(folder: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Choose a folder for photos' }).click();
    await this.#pick('Choose a folder for the photos', folder);
    await this.page.getByRole('button', { name: 'Open the archive' }).click();
    await this.#inLibrary();
  }

  async rename(name: string, to: string): Promise<void> {
    await this.page.getByRole('button', { name: `Rename ${name}` }).click();
    await this.page.getByRole('textbox', { name: 'Name of the project' }).fill(to);
    await this.page.keyboard.press('Enter');
    await expect(this.tiles.getByRole('link', { name: to })).toBeVisible();
  }

  async open(name: string): Promise<void> {
    await this.tiles.getByRole('link', { name }).click();
    await this.#inLibrary();
  }

  async #pick(dialog: string, folder: string): Promise<void> {
    const picker = await this.#goTo(dialog, folder);
    await picker.getByRole('button', { name: 'Use this folder' }).click();
  }

  async #goTo(dialog: string, folder: string): Promise<Locator> {
    const picker = this.page.getByRole('dialog', { name: dialog });
    await picker.getByRole('textbox', { name: 'Folder' }).fill(folder);
    await picker.getByRole('button', { name: 'Go', exact: true }).click();
    return picker;
  }

  async #inLibrary(): Promise<void> {
    await expect(this.page.getByRole('heading', { level: 1, name: 'Library' })).toBeVisible({ timeout: 180_000 });
    await expect(this.page.getByRole('grid', { name: 'Photos' })).toBeVisible();
  }
}
