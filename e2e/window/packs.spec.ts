/** What a pack is good for: a folder of photos, the doubtful labels of a library, and being the file it was. */
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectAccessible } from '../pages/accessible.ts';
import { expect, test } from './fixtures.ts';
import { sampleWithSmallBackbone } from './small-backbone.ts';

const PHOTOS = 9;

test('a pack classifies a folder, finds doubtful labels in the library, and is tested again', async ({ machine }) => {
  test.setTimeout(480_000);
  const { page, frame, train, run, library, packs } = await sampleWithSmallBackbone(machine);
  await train.train({ epochs: 2 });
  await run.finishes(2);
  await run.exportPack();

  const field = join(machine.root, 'field');
  await test.step('a folder of photos, one of them broken', async () => {
    await mkdir(field);
    const samples = join(machine.home, 'samples', '1');
    const photos = (await readdir(samples)).filter((name) => name.startsWith('new-')).slice(0, PHOTOS);
    for (const name of photos) await cp(join(samples, name), join(field, name));
    await writeFile(join(field, 'torn.jpg'), 'half a');
    await frame.goByKeys('Packs');
    await page.getByRole('button', { name: 'Classify a folder' }).click();
    const picker = page.getByRole('dialog', { name: 'Choose a folder of photos to classify' });
    await picker.getByRole('listitem').getByRole('button', { name: 'field', exact: true }).click();
    await picker.getByRole('button', { name: 'Use this folder' }).click();
    await expect(frame.heading).toHaveText('Results of a folder', { timeout: 60_000 });
    await expect(page.getByRole('main').getByText(`${PHOTOS} photos in`)).toBeVisible();
  });

  await test.step('in the order of what it is sure of', async () => {
    const results = packs.results;
    await expect(results).toHaveCount(PHOTOS);
    const rising = await packs.confidences();
    expect(rising).toEqual([...rising].sort((a, b) => a - b));
    await page.getByRole('combobox', { name: 'Order' }).click();
    await page.getByRole('option', { name: 'Most certain first' }).click();
    await expect.poll(() => packs.confidences()).toEqual([...rising].reverse());
  });

  await test.step('one class of them, and all again', async () => {
    await page.getByRole('combobox', { name: 'Class' }).click();
    const one = page.getByRole('option', { name: /\(\d+\)$/ }).first();
    const [, name = '', photos = ''] = /^(.+) \((\d+)\)$/.exec((await one.textContent()) ?? '') ?? [];
    await one.click();
    await expect(packs.results).toHaveCount(Number(photos));
    for (const result of await packs.results.allTextContents()) expect(result).toContain(name);
    await page.getByRole('combobox', { name: 'Class' }).click();
    await page.getByRole('option', { name: 'All classes' }).click();
    await expect(packs.results).toHaveCount(PHOTOS);
  });

  await test.step('one closer, with what else it may be, and back to where one was', async () => {
    await packs.results.first().focus();
    await page.keyboard.press('ArrowRight');
    await expect(packs.results.nth(1)).toBeFocused();
    await page.keyboard.press('Enter');
    const closer = page.getByRole('dialog').filter({ has: page.getByRole('img') });
    await expect(closer.getByRole('term')).toHaveCount(4);
    await expectAccessible(page, 'a result, closer');
    await page.keyboard.press('Escape');
    await expect(closer).toBeHidden();
    await expect(packs.results.nth(1)).toBeFocused();
  });

  await test.step('as a table', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as CSV' }).click();
    const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(1 + PHOTOS);
    for (const line of lines.slice(1)) expect(line).toContain('new-');
    await page.getByRole('button', { name: 'Back to packs' }).click();
    await expect(frame.heading).toHaveText('Packs');
  });

  await test.step('labels of the library that it would not have given', async () => {
    await page.getByRole('button', { name: 'Look at all photos' }).click();
    await expect(page.getByText('has looked at 160 photos').first()).toBeVisible({ timeout: 60_000 });
    const doubtful = page.getByRole('link', { name: /^\d+ where it disagrees$/ });
    const many = Number.parseInt((await doubtful.textContent()) ?? '', 10);
    expect(many).toBeGreaterThan(0);
    await doubtful.click();
    await library.shows(many);
    for (const one of await library.descriptions()) {
      const [, label, said] = /^\S+, (.+?), model: (.+?) \d+%/.exec(one) ?? [];
      expect(label).not.toBe(said);
    }
  });

  await test.step('and photos that it is not sure of', async () => {
    await page.getByRole('button', { name: 'Model', exact: true }).click();
    await page.getByRole('switch', { name: /^Another class than the label/ }).click();
    await page.getByRole('switch', { name: /^Less sure than 60%/ }).click();
    await page.keyboard.press('Escape');
    await expect(page.getByText(/is less sure than 60%/)).toBeVisible();
    const sure = (await library.descriptions()).map((one) => Number(/model: .+? (\d+)%/.exec(one)?.[1]));
    expect(sure.length).toBeGreaterThan(0);
    expect(Math.max(...sure)).toBeLessThanOrEqual(60);
    expect(sure).toEqual([...sure].sort((a, b) => a - b));
  });

  await test.step('its file is still the one that was made', async () => {
    await frame.goByKeys('Packs');
    await page.getByRole('button', { name: 'Test again' }).click();
    await expect(page.getByText(/is as it was made/).first()).toBeVisible({ timeout: 60_000 });
  });

  await test.step('what is no pack is refused with words, and nothing changes', async () => {
    const wrong = join(machine.root, 'wrong.safetensors');
    await writeFile(wrong, 'not a pack');
    await packs.drop(wrong);
    await expect(page.getByRole('main').getByRole('alert')).toBeVisible();
    await expect(page.getByRole('main').getByRole('table').getByRole('rowheader')).toHaveCount(1);
  });
});
