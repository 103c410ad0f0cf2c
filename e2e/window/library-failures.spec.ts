/** Tables and folders that are not what they should be, and keys over a photo that is seen alone. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { photo } from '../harness/png.ts';
import { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';

test('in the closer look keys act on the photo that is seen, and the chosen ones stay chosen', async ({ machine }) => {
  const { page, frame, library, projects } = new Studio(await machine.open());
  const closer = page.getByRole('region', { name: 'Closer look' });
  await projects.trySample();
  await library.shows(160);
  await page.keyboard.press('End');
  await page.keyboard.press('Control+a');
  await expect(library.chosen).toContainText('160');
  await page.keyboard.press('Space');
  await expect(closer).toBeVisible();
  await page.keyboard.press('f');
  await expect(closer.getByLabel('Flagged')).toBeVisible();
  await page.keyboard.press('4');
  await frame.seesLabelled(113, 160);
  await page.keyboard.press('Escape');
  await expect(library.chosen).toContainText('160');
  await expect(library.cell('flagged')).toHaveCount(1);
  await page.keyboard.press('4');
  await frame.seesLabelled(160, 160);
});

test('a table that was refused is chosen again once it is mended', async ({ machine }) => {
  const { page, frame, library, projects } = new Studio(await machine.open());
  await projects.trySample();
  const table = join(machine.root, 'labels.csv');
  const field = page.getByLabel('Table of labels');
  const failure = page.getByRole('main').getByRole('alert');
  await writeFile(table, 'no table\n"');
  await field.setInputFiles(table);
  await expect(failure).toBeVisible();
  await expect(field, 'so that the same file can be chosen again').toHaveValue('');
  const [name = ''] = (await library.descriptions()).map((one) => one.split(',')[0] ?? '');
  await writeFile(table, `file_name,label\n${name},elsewhere\n`);
  const asked = page.waitForEvent('filechooser');
  await failure.getByRole('button', { name: 'Try again' }).click();
  await (await asked).setFiles(table);
  await expect(frame.notices.filter({ hasText: '1 label taken from labels.csv' })).toBeVisible();
  await expect(failure).toHaveCount(0);
  await writeFile(table, 'no table\n"');
  await field.setInputFiles(table);
  await failure.getByRole('button', { name: 'Dismiss' }).click();
  await expect(failure).toHaveCount(0);
});

test('the folder that was looked for in vain is the one that is looked for again', async ({ machine }) => {
  const { page, frame, library, projects } = new Studio(await machine.open());
  const season = (name: string): string => join(machine.root, name);
  for (const [at, name] of ['autumn', 'spring'].entries()) {
    await mkdir(season(name));
    for (const n of [1, 2]) await writeFile(join(season(name), `${n}.png`), photo(2 * at + n, [190, 80 * at, 80]));
  }
  await mkdir(season('empty'));
  await projects.newFromFolder(['autumn'], 2);
  await page.getByRole('button', { name: 'More', exact: true }).last().click();
  await page.getByRole('menuitem', { name: 'Import a folder' }).click();
  const picker = page.getByRole('dialog', { name: 'Choose a folder of photos' });
  await picker.getByRole('textbox', { name: 'Folder' }).fill(season('spring'));
  await picker.getByRole('button', { name: 'Go', exact: true }).click();
  await picker.getByRole('button', { name: 'Use this folder' }).click();
  await page
    .getByRole('region', { name: 'Import a folder' })
    .getByRole('button', { name: 'Import', exact: true })
    .click();
  await library.shows(4);
  for (const name of ['autumn', 'spring']) await rename(season(name), season(`${name} gone`));
  await rm(join(season('spring gone'), '2.png'));
  await page.reload();

  const lost = page.getByRole('button', { name: 'Locate it' });
  await expect(lost).toHaveCount(2);
  const dialog = page.getByRole('dialog', { name: `Where is ${season('spring')} now` });
  const locate = async (folder: string): Promise<void> => {
    await dialog.getByRole('textbox', { name: 'Folder' }).fill(season(folder));
    await dialog.getByRole('button', { name: 'Go', exact: true }).click();
    await dialog.getByRole('button', { name: 'Use this folder' }).click();
  };
  await lost.nth(1).click();
  await locate('empty');
  await page.getByRole('main').getByRole('alert').getByRole('button', { name: 'Try again' }).click();
  await locate('spring gone');
  await expect(frame.notices.filter({ hasText: '1 photo was not there.' })).toBeVisible();
  await expect(page.getByText('Your labels of its 1 photo are kept.')).toBeVisible();
});
