/** Several learning rates and seeds of one training, asked for in one go and read on one page. */
import { expect, test } from './fixtures.ts';
import { expectAccessible } from '../pages/accessible.ts';
import { sampleWithSmallBackbone } from './small-backbone.ts';

const RUNS = 4;

test('a sweep is asked for, trained, read by validation, compared, and found again by keys', async ({ machine }) => {
  test.setTimeout(360_000);
  const { page, frame } = await sampleWithSmallBackbone(machine);
  const start = page.getByRole('complementary', { name: 'Start the training' });
  const rates = start.getByRole('textbox', { name: 'Learning rates' });

  await test.step('ask for it', async () => {
    const epochs = page.getByRole('spinbutton', { name: /^Passes over the photos/ });
    await epochs.fill('2');
    await epochs.press('Tab');
    await start.getByRole('textbox', { name: 'Seeds' }).fill('0-1');
    await rates.fill('0,003');
    await expect(start).toContainText('0 is not above 0');
    await expect(start.getByRole('button', { name: /^Train / })).toBeDisabled();
    await rates.fill('3e-4 to 3e-3 by 10');
    await expect(start.getByRole('button', { name: /^Train / })).toBeEnabled({ timeout: 30_000 });
    await expectAccessible(page, 'train');
    await frame.go('Runs');
    await frame.goByKeys('Train');
    await expect(rates).toHaveValue('3e-4 to 3e-3 by 10');
    await start
      .getByRole('button', { name: `Train ${RUNS} runs (2 learning rates × 2 seeds)` })
      .click({ timeout: 30_000 });
    await expect(page).toHaveURL(/\/sweeps\/1$/);
  });
  await test.step('read it', async () => {
    const main = page.getByRole('main');
    await expect(main).toContainText(`${RUNS} of ${RUNS} runs are finished.`, { timeout: 240_000 });
    await expect(main).toContainText(/0\.0003 is the best|0\.003 is the best/);
    await expect(main.getByText('best by validation')).toHaveCount(1);
    // Of two learning rates one has no test accuracy to show.
    await expect(main.getByRole('cell', { name: '–', exact: true })).toHaveCount(1);
    await expectAccessible(page, 'sweep');
  });
  await test.step('compare its runs', async () => {
    await page.keyboard.press('c');
    await expect(page.getByRole('heading', { name: 'Over seeds' })).toBeVisible();
    await expect(page.getByRole('row', { name: /^Learning rate/ })).toBeVisible();
  });
  await test.step('find it again by its tag, by a key and in the palette', async () => {
    await frame.goByKeys('Runs');
    await expectAccessible(page, 'runs');
    await page.getByRole('link', { name: 'sweep 1', exact: true }).first().click();
    await expect(frame.heading).toHaveText('Sweep 1');
    await page.keyboard.press('Escape');
    await expect(frame.heading).toHaveText('Runs');
    await page.keyboard.press('j');
    await page.keyboard.press('s');
    await expect(frame.heading).toHaveText('Sweep 1');
    await frame.goByKeys('Library');
    await page.keyboard.press('Control+k');
    await expect(frame.palette).toBeVisible();
    await page.keyboard.type('newest sweep');
    await page.keyboard.press('Enter');
    await expect(frame.heading).toHaveText('Sweep 1');
    await expect((await frame.openTasks()).getByRole('link', { name: 'Open sweep 1' })).toBeVisible();
  });
});
