import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';

const UNFOLDING = 'document.getAnimations().some((one) => one.animationName === "collapsible-down")';

export class TrainScreen {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async chooseBackbone(name: string): Promise<void> {
    await this.page.getByRole('combobox', { name: /^Backbone(?! weights)/ }).click();
    await this.page.getByRole('option', { name }).click();
  }

  /** Of the backbone, below the other settings of the machine. */
  async chooseWeights(name: string): Promise<void> {
    const weights = this.page.getByRole('combobox', { name: /^Backbone weights/ });
    if (!(await weights.isVisible())) await this.page.getByRole('button', { name: 'More settings' }).click();
    await weights.waitFor();
    // While the settings unfold the row moves, and a list that opened then is left out of sight.
    await expect.poll(() => this.page.evaluate(UNFOLDING)).toBe(false);
    await weights.click();
    await this.page.getByRole('option', { name, exact: true }).click();
  }

  /** Ends on the page of the run. */
  async train({ epochs }: { readonly epochs: number }): Promise<void> {
    await this.start({ epochs });
    await expect(this.page).toHaveURL(/\/runs\/\d+$/);
  }

  /** Ends wherever the app leads. */
  async start({
    epochs,
    button: name = /^Train /,
  }: {
    readonly epochs: number;
    readonly button?: RegExp;
  }): Promise<void> {
    const field = this.page.getByRole('spinbutton', { name: /^Passes over the photos/ });
    await field.fill(String(epochs));
    await field.press('Tab');
    const button = this.page.getByRole('complementary', { name: 'Start the training' }).getByRole('button', { name });
    await expect(button).toBeEnabled({ timeout: 30_000 });
    await button.click();
  }
}
