/** What was done can be taken back, also after the core was started anew. */
import { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';

test('labels are undone and done again after a restart of the core and a reload', async ({ machine }) => {
  let window = new Studio(await machine.open());
  await window.projects.trySample();
  await window.frame.goByKeys('Label');
  const first = await window.label.photo();
  await window.label.labelInTurn(3);
  await window.frame.seesLabelled(115, 160);
  await window.page.keyboard.press('Control+z');
  await window.frame.seesLabelled(114, 160);

  await test.step('the page says that the server was started anew', async () => {
    await machine.restart();
    await expect(window.page.getByRole('status').filter({ hasText: 'the server was started anew' })).toBeVisible({
      timeout: 30_000,
    });
  });

  window = new Studio(await machine.open());
  await window.projects.open('Sample project');
  await window.frame.seesLabelled(114, 160);
  await test.step('redo of what was undone before the restart', async () => {
    await window.page.keyboard.press('Control+Shift+Z');
    await window.frame.seesLabelled(115, 160);
  });
  await test.step('undo of everything that was done before it', async () => {
    for (const left of [114, 113, 112]) {
      await window.page.keyboard.press('Control+z');
      await window.frame.seesLabelled(left, 160);
    }
  });
  await test.step('redo after a reload', async () => {
    await window.page.reload();
    await window.frame.seesLabelled(112, 160);
    await window.page.keyboard.press('Control+Shift+Z');
    await window.frame.seesLabelled(113, 160);
    await window.library.find(first);
    await window.library.shows(1);
    const [description = ''] = await window.library.descriptions();
    expect(description).not.toContain('no label');
  });
});

test('a label for many photos at once is undone in one step, from the notice too', async ({ machine }) => {
  const window = new Studio(await machine.open());
  await window.projects.trySample();
  await window.library.find('new-');
  await window.library.shows(48);
  await window.library.grid.focus();
  await window.page.keyboard.press('Control+a');
  await window.page.keyboard.press('2');
  await window.frame.seesLabelled(160, 160);
  await window.page.getByRole('button', { name: 'Undo', exact: true }).click();
  await window.frame.seesLabelled(112, 160);
  await window.page.keyboard.press('Control+Shift+Z');
  await window.frame.seesLabelled(160, 160);
});

test('an act of another window is told before it is undone', async ({ machine }) => {
  const window = new Studio(await machine.open());
  await window.projects.trySample();
  await window.frame.goByKeys('Label');
  await window.label.labelInTurn(1);
  await window.frame.seesLabelled(113, 160);
  const other = new Studio(await machine.open());
  await other.projects.open('Sample project');
  await other.library.find('new-');
  await other.library.shows(48);
  await other.library.grid.focus();
  await other.page.keyboard.press('Control+a');
  await other.page.keyboard.press('2');
  await window.frame.seesLabelled(160, 160);
  await window.page.keyboard.press('Control+z');
  await expect(window.page.getByText(/^Nothing was undone: "Label 4\d photos .*" came in between\./)).toBeVisible();
  await window.frame.seesLabelled(160, 160);
  for (const left of [113, 112]) {
    await window.page.keyboard.press('Control+z');
    await window.frame.seesLabelled(left, 160);
  }
});
