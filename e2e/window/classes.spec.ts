/** Classes are made, named, coloured, keyed and merged where photos are labelled, and every key can be another one. */
import { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';

test('classes are renamed, coloured, keyed and merged by keyboard, and each of it is undone', async ({ machine }) => {
  const { page, frame, projects, label } = new Studio(await machine.open());
  await projects.trySample();
  await frame.goByKeys('Label');
  await label.photo();
  await page.keyboard.press('Shift+C');
  const manager = page.getByRole('dialog', { name: 'Classes' });
  const names = manager.getByRole('button', { name: /^Rename / });
  await expect(names).toHaveCount(4);

  await test.step('another name', async () => {
    await manager.getByRole('button', { name: 'Rename gear' }).focus();
    await page.keyboard.press('Enter');
    await expect(manager.getByRole('textbox', { name: 'New name of gear' })).toBeFocused();
    await page.keyboard.type('cog');
    await page.keyboard.press('Enter');
    await expect(manager.getByRole('button', { name: 'Rename cog' })).toBeFocused();
  });

  await test.step('a name that another class has is refused with words, and the old one is kept', async () => {
    await page.keyboard.press('Enter');
    await expect(manager.getByRole('textbox', { name: 'New name of cog' })).toBeFocused();
    await page.keyboard.type('hex-nut');
    await page.keyboard.press('Enter');
    await expect(manager.getByText('There is a class "hex-nut" already.')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(manager.getByRole('button', { name: 'Rename cog' })).toBeFocused();
  });

  await test.step('another key', async () => {
    await manager.getByRole('textbox', { name: /^Key of cog/ }).focus();
    await page.keyboard.press('q');
    await expect(manager.getByRole('textbox', { name: /^Key of cog/ })).toHaveValue('Q');
  });

  await test.step('another colour', async () => {
    const swatch = manager.getByRole('button', { name: /^Colour of cog/ });
    await swatch.focus();
    await page.keyboard.press('Enter');
    const colours = page.getByRole('group', { name: 'Colours for cog' }).getByRole('button');
    const other = colours.and(page.locator('[aria-pressed=false]')).last();
    const wanted = (await other.getAttribute('aria-label')) ?? '';
    await other.focus();
    await page.keyboard.press('Enter');
    await expect(colours.first()).toBeHidden();
    await swatch.press('Enter');
    await expect(colours.and(page.locator('[aria-pressed=true]'))).toHaveAccessibleName(wanted);
    await page.keyboard.press('Escape');
    await expect(colours.first()).toBeHidden();
  });

  await test.step('one class is merged into another', async () => {
    await manager.getByRole('button', { name: 'More for cog' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: /^Merge into/ }).press('Enter');
    await expect(page.getByRole('option').first()).toBeVisible();
    await page.keyboard.type('hex');
    await page.keyboard.press('Enter');
    await expect(names).toHaveCount(3);
    await expect(manager.getByRole('listitem').filter({ hasText: 'hex-nut' })).toContainText('56 photos');
  });

  await page.keyboard.press('Escape');
  await expect(manager).toBeHidden();
  await expect(label.classes.getByRole('button', { name: /^Key / })).toHaveCount(3);

  await test.step('undo brings back the merged class, its key and its name', async () => {
    await page.keyboard.press('Control+z');
    await expect(label.classes.getByRole('button', { name: /^Key Q cog, 28/i })).toBeVisible();
    for (let step = 0; step < 3; step++) await page.keyboard.press('Control+z');
    await expect(label.classes.getByRole('button', { name: /^Key 2 gear, 28/ })).toBeVisible();
  });
});

test('a command gets another key in the shortcut sheet, which holds at once and after a reload', async ({
  machine,
}) => {
  const { page, frame, projects, label } = new Studio(await machine.open());
  await projects.trySample();
  await frame.goByKeys('Label');
  const first = await label.photo();
  await page.keyboard.press('?');
  const skip = frame.shortcuts.getByRole('button', { name: /Change the key of: Skip this photo/ });
  await test.step('a key that has another meaning is refused', async () => {
    await skip.focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('f');
    await expect(frame.shortcuts.getByRole('alert')).toContainText('is the key of');
  });
  await page.keyboard.press('j');
  await expect(skip).toContainText('J');
  await page.keyboard.press('Escape');
  await expect(frame.shortcuts).toBeHidden();
  await page.keyboard.press('j');
  await expect(label.place).toHaveText('2 of 48');
  await page.reload();
  expect(await label.photo()).toBe(first);
  await page.keyboard.press('j');
  await expect(label.place).toHaveText('2 of 48');
});
