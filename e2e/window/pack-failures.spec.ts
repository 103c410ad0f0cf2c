/** What goes wrong with packs is told one at a time, and what was not waited for is found again. */
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './fixtures.ts';
import { sampleWithSmallBackbone } from './small-backbone.ts';

test('results that nobody waited for, files that are no packs, and a pack whose file is gone', async ({ machine }) => {
  test.setTimeout(300_000);
  const { page, frame, train, run, packs } = await sampleWithSmallBackbone(machine);
  await train.train({ epochs: 1 });
  await run.finishes(1);
  await run.exportPack();
  await frame.goByKeys('Packs');
  const failures = page.getByRole('alert').filter({ hasText: 'Details' });
  const picker = page.getByRole('dialog', { name: 'Choose a folder of photos to classify' });
  const classify = async (folder: string): Promise<void> => {
    await picker.getByRole('textbox', { name: 'Folder' }).fill(folder);
    await picker.getByRole('button', { name: 'Go', exact: true }).click();
    await picker.getByRole('button', { name: 'Use this folder' }).click();
  };

  const [samples, field] = [join(machine.home, 'samples', '1'), join(machine.root, 'field')];
  const name = (await readdir(samples)).find((one) => one.startsWith('new-')) ?? '';
  await test.step('photos that could not be read are told', async () => {
    await mkdir(field);
    await cp(join(samples, name), join(field, name));
    await writeFile(join(field, 'torn.jpg'), 'half a');
    await page.getByRole('button', { name: 'Classify a folder' }).click();
    await classify(field);
    await expect(frame.notices.filter({ hasText: '1 photo could not be read' })).toContainText('torn.jpg');
    await expect(packs.results).toHaveCount(1);
  });

  await test.step('a folder of which none could be read has results that say so', async () => {
    await page.getByRole('button', { name: 'Back to packs' }).click();
    await rm(join(field, name));
    await page.getByRole('button', { name: 'Classify a folder' }).click();
    await classify(field);
    await expect(page.getByRole('heading', { name: 'No results' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'Save as CSV' })).toBeDisabled();
    await cp(join(samples, name), join(field, name));
  });

  await test.step('results and a file are in the list of tasks for whoever left', async () => {
    await page.getByRole('button', { name: 'Back to packs' }).click();
    await packs.saveAsOnnx();
    await frame.go('Settings');
    await page.reload();
    const tasks = await frame.openTasks();
    const download = page.waitForEvent('download');
    await tasks.getByRole('button', { name: 'Save the ONNX file' }).click();
    expect((await download).suggestedFilename()).toMatch(/\.onnx$/);
    await rm(join(machine.home, 'cache', 'exports'), { recursive: true });
    await tasks.getByRole('button', { name: 'Save the ONNX file' }).click();
    await expect(frame.notices.filter({ hasText: 'The ONNX file is not kept any more.' })).toBeVisible();
    await tasks.getByRole('link', { name: 'Open results' }).last().click();
    await expect(frame.heading).toHaveText('Results of a folder');
    await expect(packs.results).toHaveCount(1);
    await page.keyboard.press('Escape');
  });

  await test.step('results that are kept no more say so, and there is nothing to save of them', async () => {
    await page.goto(page.url().replace(/found=\d+/, 'found=99'));
    await expect(failures).toContainText('These results are not kept any more');
    await expect(failures.getByRole('button', { name: 'Try again' })).toHaveCount(0);
    await expect(page.getByRole('button', { name: 'Save as CSV' })).toBeDisabled();
    await page.getByRole('button', { name: 'Back to packs' }).click();
  });

  await test.step('each file that is no pack is named', async () => {
    const wrong = ['one.safetensors', 'two.jpg'].map((name) => join(machine.root, name));
    for (const path of wrong) await writeFile(path, 'not a pack');
    await packs.drop(wrong);
    await expect(failures).toHaveCount(2);
    await expect(failures.nth(0)).toContainText('one.safetensors');
    await expect(failures.nth(1)).toContainText('two.jpg');
    for (const left of [1, 0]) {
      await failures.first().getByRole('button', { name: 'Dismiss' }).click();
      await expect(failures).toHaveCount(left);
    }
  });

  await test.step('only the last failure is shown, and tried again', async () => {
    const folder = join(machine.home, 'packs');
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
    await page.getByRole('button', { name: 'Test again' }).click();
    await expect(failures).toHaveCount(1, { timeout: 60_000 });
    await page.getByRole('button', { name: 'Classify a folder' }).click();
    await classify(field);
    await expect(page.getByRole('button', { name: 'Classify a folder' })).toBeEnabled();
    await expect(failures).toHaveCount(1);
    await failures.getByRole('button', { name: 'Try again' }).click();
    await expect(picker).toBeVisible();
    await page.keyboard.press('Escape');
    await failures.getByRole('button', { name: 'Dismiss' }).click();
    await expect(failures).toHaveCount(0);
  });
});
