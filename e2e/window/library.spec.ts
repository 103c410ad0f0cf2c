/** Photos of one's own: what the folders say, what cannot be read, and a folder that went elsewhere. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { photo } from '../harness/png.ts';
import { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';

const CLASSES = ['oak', 'ash'] as const;
const OF_EACH = 6;

/** Two folders of photos, and one file that only pretends to be one. */
async function writePhotos(folder: string): Promise<void> {
  for (const [at, name] of CLASSES.entries()) {
    await mkdir(join(folder, name), { recursive: true });
    for (let n = 0; n < OF_EACH; n++) {
      await writeFile(join(folder, name, `${name}-${n}.png`), photo(OF_EACH * at + n, [160 * at, 120, 60]));
    }
  }
  await writeFile(join(folder, 'ash', 'broken.jpg'), 'not a photo');
}

test('folders become labels, a broken file is named, and a folder that moved is found again', async ({ machine }) => {
  test.setTimeout(480_000);
  const { page, frame, library } = new Studio(await machine.open());
  const [before, after] = [join(machine.root, 'summer'), join(machine.root, 'archive', 'summer 2026')];
  await writePhotos(before);

  await test.step('a project from a folder whose subfolders are offered as labels', async () => {
    await page.getByRole('button', { name: 'New from a folder' }).click();
    const picker = page.getByRole('dialog', { name: 'Choose a folder of photos' });
    await picker.getByRole('listitem').getByRole('button', { name: 'summer', exact: true }).click();
    await expect(picker.getByText('No photos directly in here')).toBeVisible();
    await picker.getByRole('button', { name: 'Use this folder' }).click();
    for (const name of CLASSES) await expect(page.getByRole('checkbox', { name: new RegExp(name) })).toBeChecked();
    await page.getByRole('button', { name: 'Create project with 13 photos' }).click();
    await expect(frame.heading).toHaveText('Library', { timeout: 60_000 });
    await frame.seesLabelled(13, 13);
  });

  await test.step('what could not be read is one choice away, with its reason', async () => {
    await page.getByRole('button', { name: 'More' }).first().click();
    await page.getByRole('checkbox', { name: /could not be read/i }).click();
    await page.keyboard.press('Escape');
    await library.shows(1);
    const [said = ''] = await library.descriptions();
    expect(said).toMatch(/^broken\.jpg, .+/);
    await library.cells.first().click();
    await expect(library.inspector).toContainText('broken.jpg');
    await page.getByRole('button', { name: /^Show photos without regard to/ }).click();
    await library.shows(13);
  });

  await test.step('a name is found as fast as it is typed, and is one step back', async () => {
    for (const between of [0, 60]) {
      await library.type('oak-3', between);
      await library.shows(1);
      await expect(library.search).toHaveValue('oak-3');
      await page.goBack();
      await library.shows(13);
      await expect(library.search).toHaveValue('');
    }
  });

  await test.step('one class, then a flag', async () => {
    await page.getByRole('button', { name: 'Classes', exact: true }).first().click();
    await page.getByRole('checkbox', { name: /oak/ }).click();
    await page.keyboard.press('Escape');
    await library.shows(OF_EACH);
    await library.cells.first().click();
    await page.keyboard.press('f');
    await expect(library.cell('flagged')).toHaveCount(1);
    await page.goto(page.url().replace(/\?.*$/, '?flagged=1'));
    await library.shows(1);
    await page.goto(page.url().replace(/\?.*$/, ''));
    await library.shows(13);
  });

  await test.step('a list that was seen before shows what has changed since then', async () => {
    const classes = page.getByRole('button', { name: 'Classes', exact: true }).first();
    const oak = page.getByRole('checkbox', { name: /oak/ });
    const turn = async (photos: number): Promise<void> => {
      await classes.click();
      await oak.click();
      await page.keyboard.press('Escape');
      await library.shows(photos);
    };
    await turn(OF_EACH);
    await turn(13);
    await library.cell('ash-0.png').click();
    await page.keyboard.press('2');
    await expect(library.cell('ash-0.png, oak')).toBeVisible();
    await turn(OF_EACH + 1);
    await page.keyboard.press('Control+z');
    await turn(13);
    await turn(OF_EACH);
    await turn(13);
  });

  await test.step('the folder goes elsewhere: nothing is lost, and the person is asked', async () => {
    await mkdir(join(machine.root, 'archive'));
    await rename(before, after);
    await page.reload();
    await expect(page.getByText(/is not there any more\. Your labels of its 13 photos are kept\./)).toBeVisible();
    await frame.seesLabelled(13, 13);
    await page.getByRole('button', { name: 'Exclude its 13 photos' }).click();
    await expect(page.getByText(/is not there any more/)).toBeHidden();
    await expect(library.cell('excluded')).toHaveCount(13);
    await page.getByRole('button', { name: 'Undo', exact: true }).last().click();
    await page.getByRole('button', { name: 'Locate it' }).click();
    const picker = page.getByRole('dialog', { name: /^Where is .*summer now$/ });
    await picker.getByRole('listitem').getByRole('button', { name: 'archive', exact: true }).click();
    await picker.getByRole('listitem').getByRole('button', { name: 'summer 2026', exact: true }).click();
    await picker.getByRole('button', { name: 'Use this folder' }).click();
    await expect(page.getByText(/^Found 1[23] photos at the new place$/).first()).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText(/is not there any more/)).toBeHidden();
    await frame.seesLabelled(13, 13);
    await library.cell('oak-0.png').click();
    await expect(library.inspector).toContainText('summer 2026');
  });
});
