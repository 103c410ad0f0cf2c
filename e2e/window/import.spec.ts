/** Photos that come in: seen at once, stopped at will, and kept as far as they came. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { photo } from '../harness/png.ts';
import { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';

/** At work for a while on any machine. */
const MANY = 2000;

test('an import says how far it is, and what it has read stays when it is cancelled', async ({ machine }) => {
  const { page, frame, projects, library } = new Studio(await machine.open());
  const [few, many] = [join(machine.root, 'few'), join(machine.root, 'many')];
  await mkdir(few);
  await mkdir(many);
  for (const n of [1, 2]) await writeFile(join(few, `${n}.png`), photo(n, [190, 80, 80]));
  await writeFile(join(many, '0.png'), photo(3, [80, 190, 80], 480));
  for (let n = 1; n < MANY; n++) await copyFile(join(many, '0.png'), join(many, `${n}.png`));

  await projects.newFromFolder(['few'], 2);
  await library.shows(2);
  await page.getByRole('button', { name: 'More', exact: true }).last().click();
  await page.getByRole('menuitem', { name: 'Import a folder' }).click();
  const picker = page.getByRole('dialog', { name: 'Choose a folder of photos' });
  // It begins where the last folder was chosen.
  await picker.getByRole('button', { name: 'One folder up' }).click();
  await picker.getByRole('listitem').getByRole('button', { name: 'many', exact: true }).click();
  await picker.getByRole('button', { name: 'Use this folder' }).click();
  const form = page.getByRole('region', { name: 'Import a folder' });
  await form.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(form.getByText(/Reading photos: [1-9]/)).toBeVisible();
  await form.getByRole('button', { name: /^Cancel/ }).click();
  await expect(form.getByRole('progressbar')).toHaveCount(0);
  await page.reload();
  await expect(frame.status).toContainText(/^0 of [\d,]+ labelled/);
  const [, seen = ''] = /^0 of ([\d,]+) labelled/.exec((await frame.status.textContent()) ?? '') ?? [];
  const photos = Number(seen.replaceAll(',', ''));
  expect(photos).toBeGreaterThan(2);
  expect(photos).toBeLessThan(2 + MANY);
});
