/** Every screen, empty and full, in both themes and two sizes: nothing that keeps anybody out. */
import { expect, test } from './fixtures.ts';
import { expectAccessible } from '../pages/accessible.ts';
import { Studio } from '../pages/studio.ts';
import { sampleIn } from './small-backbone.ts';

test('no screen has a serious or critical violation', async ({ machine }) => {
  test.setTimeout(480_000);
  const window = new Studio(await machine.open());
  const { page, frame } = window;

  const check = (what: string): Promise<void> => test.step(what, () => expectAccessible(page, what));

  await expect(page.getByRole('heading', { name: 'Start with a folder of photos' })).toBeVisible();
  await check('projects, empty');
  await sampleIn(window, machine);
  for (const screen of ['Runs', 'Packs'] as const) {
    await frame.go(screen);
    await check(`${screen}, empty`);
  }

  await frame.go('Train');
  await window.train.chooseBackbone('small');
  await expect(page.getByRole('button', { name: /^Train DTL/ })).toBeEnabled();
  await page.getByRole('button', { name: 'More settings' }).click();
  await page.getByRole('button', { name: 'Blocks, width and neighbourhood' }).click();
  await expect(page.getByText(/side parameters\.$/)).toBeVisible();
  await check('train, all settings');
  await window.train.train({ epochs: 2 });
  await window.run.finishes(2);
  await window.run.exportPack();
  await check('run, finished');
  await frame.go('Train');
  await window.train.train({ epochs: 1 });
  await window.run.finishes(1);
  await window.run.exportPack();
  const compare = page.url().replace(/runs\/\d+$/, 'compare?runs=1,2');
  await frame.go('Runs');
  await check('runs');
  await page.goto(compare);
  await expect(page.getByRole('heading', { name: 'Curves' })).toBeVisible();
  await check('compare');

  await frame.go('Packs');
  await window.packs.lookAtUnlabelled(48);
  await check('packs');
  for (const at of [0, 1]) await window.packs.ticks.nth(at).click();
  await check('packs, two chosen to be applied together');
  await page.getByRole('button', { name: 'All photos', exact: true }).click();
  await expect(window.packs.sideBySide).toBeVisible({ timeout: 60_000 });
  await check('packs side by side');
  await frame.go('Library');
  await window.library.grid.focus();
  await page.keyboard.press('Control+a');
  await check('library, all chosen');
  await page.keyboard.press('Escape');
  await page.keyboard.press('End');
  await check('library, one photo with suggestions');
  await page.keyboard.press('Space');
  await check('library, closer look');
  await page.keyboard.press('Escape');

  await frame.go('Label');
  await window.label.photo();
  await check('label');
  await page.keyboard.press('Shift+C');
  await expect(page.getByRole('dialog', { name: 'Classes' })).toBeVisible();
  await check('class manager');
  await page.getByRole('dialog', { name: 'Classes' }).getByRole('textbox', { name: 'Name of a new class' }).focus();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Classes' })).toBeHidden();
  await page.keyboard.press('?');
  await expect(frame.shortcuts).toBeVisible();
  await check('shortcut sheet');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await expect(frame.palette).toBeVisible();
  await check('palette');
  await page.keyboard.press('Escape');
  await frame.openTasks();
  await check('task list');
  await page.keyboard.press('Escape');

  await frame.go('Backbones');
  await check('backbones');
  await frame.go('Settings');
  await check('settings');
  await frame.go('Projects');
  await expect(window.projects.tiles).toHaveCount(1);
  await check('projects');
});
