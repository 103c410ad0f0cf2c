/** The table of backbones where the core does not answer. */
import { join } from 'node:path';
import { TINY, TINY_HEADS, writeTinyBackbone } from '../harness/tiny-backbone.ts';
import { REFUSED } from '../pages/frame.ts';
import { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';

test('what is known of backbones stays where it cannot be read again, and the first failure says so', async ({
  machine,
}) => {
  const { page, frame, backbones } = new Studio(await machine.open());
  const refuse = await frame.refusing();
  const failure = page.getByRole('main').getByText(REFUSED);
  await writeTinyBackbone(join(machine.root, 'tiny.safetensors'), TINY);
  await frame.go('Backbones');
  await backbones.importFile('tiny.safetensors', TINY_HEADS);
  await expect(backbones.rows).toHaveCount(3);

  await page.reload();
  await expect(backbones.rows).toHaveCount(3);
  refuse('backbones/list');
  await page.getByRole('rowheader').getByRole('button', { name: 'tiny', exact: true }).click();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('button', { name: 'Remove backbone' }).click();
  await expect(frame.notices.filter({ hasText: 'Removed "tiny"' })).toBeVisible();
  await expect(backbones.rows).toHaveCount(3);
  await expect(failure).toHaveCount(0);

  await page.reload();
  await expect(failure).toBeVisible();
  await expect(page.getByRole('region', { name: 'Backbone', exact: true })).toHaveCount(0);
  refuse(null);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(backbones.rows).toHaveCount(2);
});
