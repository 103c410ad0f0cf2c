/** A start that comes to nothing. */
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
