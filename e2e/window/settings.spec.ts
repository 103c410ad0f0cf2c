/** Copies of the database that are not needed any more. */
import { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';

test('a backup goes only after a question that says what it holds', async ({ machine }) => {
  const { page, frame, settings } = new Studio(await machine.open());
  await frame.go('Settings');
  await settings.backUp('0 projects, 0 photos, 0 labels');
  const bin = settings.backups.getByRole('button', { name: /^Remove the backup of/ });
  const question = page.getByRole('dialog', { name: /^Remove the backup of .+\?$/ });
  await bin.click();
  await expect(question).toContainText('It holds 0 projects, 0 photos, 0 labels.');
  await expect(question).toContainText('cannot be undone');
  await question.getByRole('button', { name: 'Keep' }).click();
  await expect(question).toBeHidden();
  await expect(bin).toHaveCount(1);
  await bin.click();
  await question.getByRole('button', { name: 'Remove this backup' }).click();
  await expect(bin).toHaveCount(0);
  await expect(frame.notices.filter({ hasText: /^Removed the backup of .+ are free again\./ })).toBeVisible();
});
