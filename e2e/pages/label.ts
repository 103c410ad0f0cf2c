import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

export class LabelScreen {
  readonly page: Page;
  /** `1 of 48` */
  readonly place: Locator;
  readonly classes: Locator;
  readonly picture: Locator;
  readonly #name: Locator;
  readonly #current: Locator;

  constructor(page: Page) {
    this.page = page;
    this.place = page.getByTestId('place');
    this.classes = page.getByRole('toolbar', { name: 'Classes' });
    this.picture = page.getByRole('main').getByRole('img').first();
    this.#name = page.getByTestId('name');
    this.#current = page.getByRole('navigation', { name: 'Photos before and after' }).locator('[aria-current=true]');
  }

  /** Class to key, as the row of classes shows them. */
  async keys(): Promise<ReadonlyMap<string, string>> {
    const keys = new Map<string, string>();
    for (const button of await this.classes.getByRole('button', { name: /^Key / }).all()) {
      const [, key, name] = /^Key (.) (.+?), /.exec((await button.getAttribute('aria-label')) ?? '') ?? [];
      if (name !== undefined && key !== undefined) keys.set(name, key.toLowerCase());
    }
    return keys;
  }

  /** The name of the photo that is shown, once it is shown. */
  async photo(): Promise<string> {
    await expect(this.#name).not.toHaveText('');
    const name = (await this.#name.textContent()) ?? '';
    await expect(this.picture).toHaveAccessibleName(new RegExp(`^${name}, `));
    // The strip follows.
    await expect(this.#current).toHaveAttribute('aria-label', new RegExp(`^${name}, `));
    return name;
  }

  /** Labels what is shown with the class that the file's name says, by its key; gives the class. */
  async labelByName(keys: ReadonlyMap<string, string>): Promise<string> {
    const name = await this.photo();
    const found = [...keys].find(([one]) => name.includes(`-${one}.`));
    if (found === undefined) throw new Error(`no class is called in ${name}`);
    await this.page.keyboard.press(found[1]);
    return found[0];
  }

  async labelInTurn(count: number): Promise<void> {
    const keys = await this.keys();
    for (let done = 0; done < count; done++) {
      const before = (await this.place.textContent()) ?? '';
      await this.labelByName(keys);
      await expect(this.place).not.toHaveText(before);
    }
  }
}
