import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

export class SettingsScreen {
  readonly page: Page;
  readonly backups: Locator;

  constructor(page: Page) {
    this.page = page;
    this.backups = page.getByRole('region', { name: 'Backups' });
  }

  /** `holds`: what the new backup says of itself. */
  async backUp(holds: string): Promise<void> {
    await this.backups.getByRole('button', { name: 'Back up now' }).click();
    await expect(this.backups.getByRole('cell', { name: holds })).toBeVisible();
  }

  /** The newest one. Ends when the program has started anew with it. */
  async restore(): Promise<void> {
    await this.backups
      .getByRole('button', { name: /^Restore the backup of/ })
      .first()
      .click();
    await this.page.getByRole('button', { name: 'Restore this backup' }).click();
    await expect(this.backups.getByRole('cell', { name: 'Before a restore' })).toBeVisible({ timeout: 60_000 });
  }
}
