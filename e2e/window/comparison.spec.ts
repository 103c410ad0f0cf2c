/** The table of runs: found, named, tagged, pinned, compared, saved and deleted. */
import { readFile } from 'node:fs/promises';
import { expect, test } from './fixtures.ts';
import { sampleWithSmallBackbone } from './small-backbone.ts';

const EPOCHS = 2;

test('two seeds are compared by what differs, kept as a table, and deleted with the disk they free', async ({
  machine,
}) => {
  test.setTimeout(480_000);
  const { page, frame, train, run } = await sampleWithSmallBackbone(machine);
  await test.step('two seeds wait in one queue', async () => {
    const seeds = page.getByRole('textbox', { name: /^Seeds/ });
    await seeds.fill('1-2');
    await seeds.press('Tab');
    await train.start({ epochs: EPOCHS, button: /^Train 2/ });
    await frame.goByKeys('Runs');
  });
  const table = page.getByRole('group', { name: 'Table of runs' });
  const rows = table.getByRole('row').filter({ has: page.getByRole('link') });
  await expect(rows).toHaveCount(2);
  await expect(rows.filter({ hasText: 'Finished' })).toHaveCount(2, { timeout: 120_000 });

  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await test.step('the run at the cursor gets a name, a tag and a note', async () => {
    await page.keyboard.press('j');
    for (const [what, words] of [
      ['Name of the run', 'first try'],
      ['Tags', 'paper'],
      ['Note', 'the lamp was on'],
    ] as const) {
      await inspector.getByRole('button', { name: new RegExp(`^${what}.*Change it$`) }).click();
      const field = inspector.getByRole('textbox', { name: new RegExp(`^${what}`) });
      await field.fill(words);
      await field.press(what === 'Note' ? 'Control+Enter' : 'Enter');
      await expect(field).toBeHidden();
    }
    await expect(rows.filter({ hasText: 'first try' })).toContainText('paper');
  });

  await test.step('it is found by its note, and by its tag', async () => {
    const find = page.getByRole('textbox', { name: /^Find runs by/ });
    await find.fill('lamp');
    await expect(rows).toHaveCount(1);
    await find.fill('');
    await expect(rows).toHaveCount(2);
    await page.getByRole('combobox', { name: 'Tag' }).click();
    await page.getByRole('option', { name: 'paper' }).click();
    await expect(rows).toHaveCount(1);
    await page.getByRole('combobox', { name: 'Tag' }).click();
    await page.getByRole('option', { name: 'Any tag' }).click();
  });

  await test.step('columns sort both ways', async () => {
    const seed = table.getByRole('button', { name: /^\W*Name/ });
    await seed.click();
    await expect(table.getByRole('columnheader', { name: /Name/ })).toHaveAttribute('aria-sort', 'ascending');
    await expect(rows.first()).toContainText('first try');
    await seed.click();
    await expect(table.getByRole('columnheader', { name: /Name/ })).toHaveAttribute('aria-sort', 'descending');
    await expect(rows.last()).toContainText('first try');
  });

  await test.step('both are saved as CSV', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('main').getByRole('button', { name: 'CSV' }).click();
    const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/name/i);
    expect(lines.filter((line) => line.includes('first try'))).toHaveLength(1);
  });

  await test.step('pinned ones are compared: their curves, and the seed as the only setting that differs', async () => {
    for (const place of [0, 1]) {
      await rows.nth(place).getByRole('button', { name: /^Pin / }).click();
      await expect(rows.getByRole('button', { name: /^Pin / }).and(page.locator('[aria-pressed=true]'))).toHaveCount(
        place + 1,
      );
    }
    await page.keyboard.press('c');
    await expect(frame.heading).toHaveText('Compare runs');
    const settings = page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: 'Seed', exact: true }) });
    await expect(settings).toHaveCount(1);
    await expect(settings.getByRole('cell')).toHaveText(['1', '2']);
    for (const same of ['Method', 'Backbone', 'Split']) {
      await expect(page.getByRole('rowheader', { name: same, exact: true })).toHaveCount(0);
    }
    await expect(page.getByRole('heading', { name: 'Over seeds' })).toBeVisible();
    const curves = page.getByRole('region', { name: 'Curves' }).getByRole('img', { name: /loss/i });
    await expect(curves.first()).toHaveAttribute('aria-label', /first try/);
    await page.keyboard.press('Escape');
    await expect(frame.heading).toHaveText('Runs');
  });

  await test.step('a deleted run is asked for, frees its disk and leaves the other one', async () => {
    await rows.filter({ hasText: 'first try' }).click();
    await page.keyboard.press('Delete');
    const asked = page.getByRole('dialog', { name: /^Delete "first try"/ });
    await expect(asked).toContainText(/This frees [\d.]+ (k|M|G)?B of disk\./i);
    await asked.getByRole('button', { name: 'Delete this run' }).click();
    await expect(page.getByText(/are free again/).first()).toBeVisible();
    await expect(rows).toHaveCount(1);
    await rows.getByRole('link').click();
    await run.finishes(EPOCHS);
  });
});
