/** From the first start to labels that a pack suggested on another machine. */
import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';

const EPOCHS = 3;

/** Photos of the sample project that come without a label. */
async function unlabelledPhotos(home: string): Promise<readonly string[]> {
  const folder = join(home, 'samples', '1');
  return (await readdir(folder)).filter((name) => name.startsWith('new-')).map((name) => join(folder, name));
}

test('labels, trains, looks at mistakes, and lets the pack suggest labels on another machine', async ({
  machine,
  otherMachine,
}) => {
  const here = new Studio(await machine.open());
  await test.step('first start: the sample project', async () => {
    await expect(here.page.getByRole('heading', { name: 'Start with a folder of photos' })).toBeVisible();
    await here.projects.trySample();
    await here.library.shows(160);
  });

  await test.step('30 photos are labelled by their keys', async () => {
    await here.frame.goByKeys('Label');
    await expect(here.label.place).toHaveText('1 of 48');
    await here.label.labelInTurn(30);
    await here.frame.seesLabelled(142, 160);
  });

  await test.step('a run is trained and its curve moves meanwhile', async () => {
    await here.frame.goByKeys('Train');
    await here.train.train({ epochs: EPOCHS });
    await here.run.reachesEpoch(1);
    const before = await here.run.lossCurve.getAttribute('aria-label');
    await here.run.reachesEpoch(2);
    expect(await here.run.lossCurve.getAttribute('aria-label')).not.toBe(before);
    await expect(here.run.button('Pause'), 'numbers arrive while it runs').toBeVisible();
    await here.run.finishes(EPOCHS);
    expect(await here.run.epochs()).toBe(EPOCHS);
  });

  await test.step('a cell of the confusion matrix opens exactly its photos', async () => {
    const { cell, photos } = await here.run.filledCell();
    expect(photos).toBeGreaterThan(0);
    const name = /of (.+) predicted/.exec((await cell.getAttribute('aria-label')) ?? '')?.[1] ?? '';
    await cell.click();
    await here.library.shows(photos);
    await expect(here.library.cells).toHaveCount(photos);
    for (const one of await here.library.descriptions()) expect(one).toContain(`, ${name}`);
    await here.page.goBack();
  });

  const pack = join(otherMachine.root, 'parts.safetensors');
  await test.step('the pack is exported as a file', async () => {
    const download = await here.run.exportPack();
    expect(download.suggestedFilename()).toMatch(/\.safetensors$/);
    await download.saveAs(pack);
  });

  const field = join(otherMachine.root, 'field');
  const photos = await unlabelledPhotos(machine.home);
  await mkdir(field);
  for (const photo of photos) await cp(photo, join(field, photo.split('/').at(-1) ?? ''));
  const there = new Studio(await otherMachine.open());
  await test.step('another machine: its own photos and the pack', async () => {
    await there.projects.newFromFolder(['field'], photos.length);
    await there.library.shows(photos.length);
    await there.frame.go('Packs');
    await there.packs.drop(pack);
    await expect(there.page.getByText('Imported "parts"').first()).toBeVisible({ timeout: 60_000 });
    await there.packs.lookAtUnlabelled(photos.length);
    expect(await there.packs.saveAsOnnx()).toMatch(/\.onnx$/);
  });

  await test.step('its suggestions are in the library, and mostly right', async () => {
    await there.packs.openSuggestions(photos.length);
    await there.library.shows(photos.length);
    const said = await there.library.descriptions();
    expect(said.length).toBeGreaterThan(5);
    const right = said.filter((one) => {
      const [, inName, model] = /^new-\d+-(.+?)\.jpg, .*model: (.+?) \d+%/.exec(one) ?? [];
      return inName !== undefined && inName === model;
    });
    expect(right.length / said.length).toBeGreaterThan(0.5);
  });

  await test.step('three are accepted one by one, the others at once', async () => {
    await there.frame.goByKeys('Label');
    for (let accepted = 0; accepted < 3; accepted++) {
      await expect(there.label.place).toHaveText(`${accepted + 1} of ${photos.length}`);
      await there.label.photo();
      await there.page.keyboard.press('Enter');
      await there.frame.seesLabelled(accepted + 1, photos.length);
    }
    await there.frame.goByKeys('Library');
    await there.library.grid.focus();
    await there.page.keyboard.press('Control+a');
    await there.library.chosen.getByRole('button', { name: /^Accept suggestions/ }).click();
    await there.frame.seesLabelled(photos.length, photos.length);
  });

  await test.step('the history of a photo says that a model gave the label', async () => {
    await there.library.cells.first().click();
    await expect(there.library.inspector.getByText("a model's, accepted")).toBeVisible();
    await there.library.cells.last().click();
    await expect(there.library.inspector.getByText("a model's, accepted")).toBeVisible();
  });
});
