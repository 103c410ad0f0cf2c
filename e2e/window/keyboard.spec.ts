/** Everything on the main way can be done without a mouse, and the focus is never lost on it. */
import { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';
import type { Screen } from '../pages/frame.ts';

test('from the first screen to a labelled photo and around, by keyboard alone', async ({ machine }) => {
  const { page, frame, label, library } = new Studio(await machine.open());
  const tabTo = async (name: string): Promise<void> => {
    const wanted = page.getByRole('button', { name });
    await expect(wanted).toBeVisible();
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      if ((await wanted.and(page.locator(':focus')).count()) === 1) return;
    }
    throw new Error(`Tab does not come to "${name}"`);
  };

  await test.step('the sample project', async () => {
    await tabTo('Try the sample project');
    await page.keyboard.press('Enter');
    await expect(frame.heading).toHaveText('Library', { timeout: 60_000 });
    await frame.keepsFocus();
  });

  await test.step('a photo is chosen in the grid and labelled', async () => {
    await library.shows(160);
    await page.keyboard.press('End');
    await page.keyboard.press('4');
    await frame.seesLabelled(113, 160);
    await page.keyboard.press('Space');
    await expect(page.getByRole('region', { name: 'Closer look' })).toBeVisible();
    await frame.keepsFocus();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('region', { name: 'Closer look' })).toBeHidden();
    await expect(library.grid).toBeFocused();
  });

  await test.step('every screen of a project by two keys', async () => {
    for (const screen of ['Label', 'Train', 'Runs', 'Packs', 'Library'] satisfies Screen[]) {
      await frame.goByKeys(screen);
      await frame.keepsFocus();
    }
  });

  await test.step('from the settings, which belong to no project, two keys lead back into it', async () => {
    await page.keyboard.press('Control+,');
    await expect(frame.heading).toHaveText('Settings');
    await frame.goByKeys('Library');
    await frame.seesLabelled(113, 160);
  });

  await test.step('the palette', async () => {
    await page.keyboard.press('Control+k');
    await expect(frame.palette).toBeVisible();
    await page.keyboard.type('go to label');
    await page.keyboard.press('Enter');
    await expect(frame.palette).toBeHidden();
    await expect(frame.heading).toHaveText('Label');
    await frame.keepsFocus();
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Escape');
    await expect(frame.palette).toBeHidden();
    await frame.keepsFocus();
  });

  await test.step('the shortcut sheet', async () => {
    await page.keyboard.press('?');
    await expect(frame.shortcuts).toBeVisible();
    await expect(frame.shortcuts).toContainText('Skip this photo');
    await page.keyboard.press('Escape');
    await expect(frame.shortcuts).toBeHidden();
    await frame.keepsFocus();
  });

  await test.step('a photo in the Label screen', async () => {
    await label.labelInTurn(1);
    await frame.seesLabelled(114, 160);
    await page.keyboard.press('Control+z');
    await frame.seesLabelled(113, 160);
    await frame.keepsFocus();
  });

  await test.step('a class is made and the manager of classes closed', async () => {
    await page.keyboard.press('Shift+C');
    const manager = page.getByRole('dialog', { name: 'Classes' });
    await expect(manager).toBeVisible();
    await manager.getByRole('textbox', { name: 'Name of a new class' }).focus();
    await page.keyboard.type('bolt');
    await page.keyboard.press('Enter');
    await expect(manager.getByRole('list')).toContainText('bolt');
    await page.keyboard.press('Escape');
    await expect(manager).toBeHidden();
    await expect(label.classes.getByRole('button', { name: /^Key . bolt, / })).toBeVisible();
    await frame.keepsFocus();
  });
});
