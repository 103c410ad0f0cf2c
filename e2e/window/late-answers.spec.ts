/** A slower machine or a larger profile: nothing that is pressed before an answer is lost, or meets something else. */
import { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';

const LATE_MS = 200;

test('keys act on what those before them chose, however late the core says which photos there are', async ({
  machine,
}) => {
  const { page, frame, library, projects } = new Studio(await machine.open());
  await projects.trySample();
  await frame.hearsLate(LATE_MS);
  for (const [keys, labelled] of [
    [['End', '4'], 113],
    [['Control+a', '4'], 160],
    [['End', 'Control+a', 'Space', '4'], 113],
  ] as const) {
    await page.reload();
    await library.shows(160);
    for (const key of keys) await page.keyboard.press(key);
    await frame.seesLabelled(labelled, 160);
    await page.keyboard.press('Control+z');
    await frame.seesLabelled(112, 160);
  }
});

test('a button does not move from under the pointer when the list below it comes', async ({ machine }) => {
  const { page, frame, backbones } = new Studio(await machine.open());
  await frame.hearsLate(LATE_MS);
  await page.reload();
  await frame.go('Backbones');
  const early = await backbones.importing.boundingBox();
  await expect(backbones.rows).toHaveCount(2);
  expect(await backbones.importing.boundingBox()).toEqual(early);
});
