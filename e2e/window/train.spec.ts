/** A start that comes to nothing, and one with other settings than the usual ones. */
import { REFUSED } from '../pages/frame.ts';
import { expect, test } from './fixtures.ts';
import { sampleWithSmallBackbone } from './small-backbone.ts';

test('a start that failed says why until it is tried again or something else is asked for', async ({ machine }) => {
  test.setTimeout(240_000);
  const { page, frame, train, run } = await sampleWithSmallBackbone(machine);
  const refuse = await frame.refusing();
  const failure = page.getByRole('alert').filter({ hasText: REFUSED });
  await page.reload();
  refuse('runs/start');
  await train.start({ epochs: 1 });
  await expect(failure).toBeVisible();
  await page.getByRole('textbox', { name: 'Seeds' }).fill('2');
  await expect(failure).toHaveCount(0);
  await train.start({ epochs: 1 });
  await expect(failure).toBeVisible();
  refuse(null);
  await train.train({ epochs: 1 });
  await run.finishes(1);
});

test('a backbone in 8 bits is a choice that the panel says and the record keeps', async ({ machine }) => {
  test.setTimeout(240_000);
  const { page, train, run } = await sampleWithSmallBackbone(machine);
  const panel = page.getByRole('region', { name: 'What will be trained' });
  await expect(panel).toContainText('frozen ones.', { timeout: 30_000 });
  await train.chooseWeights('8 bits');
  await expect(panel).toContainText('frozen ones in 8 bits.');
  await expect(panel).toContainText(/A copy of the backbone in 8 bits takes .* of the disk while it trains\./);
  await train.train({ epochs: 1 });
  await run.finishes(1);
  await expect(page.getByText('Backbone weights', { exact: true })).toBeVisible();
  await expect(page.getByText('in 8 bits', { exact: true })).toBeVisible();
});
