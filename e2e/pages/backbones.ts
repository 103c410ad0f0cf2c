import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

export class BackbonesScreen {
  readonly page: Page;
  readonly importing: Locator;
  readonly rows: Locator;

  constructor(page: Page) {
    this.page = page;
    this.importing = page.getByRole('button', { name: 'Import backbone' });
    this.rows = page.getByRole('table', { name: 'Backbones of this profile' }).getByRole('row');
  }

  /** `file`: its name, directly in the root that may be looked into. */
  async importFile(file: string, heads: number): Promise<void> {
    await this.importing.click();
    const picker = this.page.getByRole('dialog', { name: 'Choose a checkpoint' });
    await picker.getByRole('listitem').getByRole('button', { name: file }).click();
    const form = this.page.getByRole('region', { name: 'Import a backbone' });
    await form.getByRole('spinbutton', { name: 'Attention heads' }).fill(String(heads));
    await form.getByRole('spinbutton', { name: 'Attention heads' }).press('Tab');
    await form.getByRole('button', { name: 'Import', exact: true }).click();
    await expect(form.getByText('Imported.')).toBeVisible({ timeout: 30_000 });
    await form.getByRole('button', { name: 'Done' }).click();
  }
}
