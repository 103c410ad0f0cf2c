/** Several packs of one backbone over the same photos, and where they differ. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SMALL, TINY, TINY_HEADS, writeTinyBackbone } from '../harness/tiny-backbone.ts';
import { expectAccessible } from '../pages/accessible.ts';
import type { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';
import { sampleWithSmallBackbone } from './small-backbone.ts';

async function trainedPack({ frame, train, run }: Studio, backbone: string, epochs: number): Promise<void> {
  await frame.goByKeys('Train');
  await train.chooseBackbone(backbone);
  await train.train({ epochs });
  await run.finishes(epochs);
  await run.exportPack();
}

test('two packs are chosen by keyboard, applied together, and looked at where they disagree', async ({ machine }) => {
  test.setTimeout(300_000);
  const window = await sampleWithSmallBackbone(machine);
  const { page, frame, packs } = window;
  await test.step('two packs on one backbone, and one on another', async () => {
    await trainedPack(window, 'small', 1);
    await trainedPack(window, 'small', 8);
    await writeTinyBackbone(join(machine.root, 'other.safetensors'), { ...SMALL, width: TINY.width, seed: 2 });
    await frame.go('Backbones');
    await window.backbones.importFile('other.safetensors', TINY_HEADS);
    await trainedPack(window, 'other', 1);
  });

  await test.step('a pack of another backbone says so and cannot join', async () => {
    await frame.goByKeys('Packs');
    await expect(packs.ticks).toHaveCount(3);
    await page.keyboard.press('j');
    await page.keyboard.press('Space');
    await expect(packs.ticks.nth(1)).toBeChecked();
    await expect(packs.ticks.nth(0)).toBeDisabled();
    await expect(page.getByText('on another backbone: other')).toBeVisible();
    await page.keyboard.press('j');
    await page.keyboard.press('Space');
    await expect(packs.ticks.nth(2)).toBeChecked();
    await expect(page.getByText('2 packs on small. Apply them together to')).toBeVisible();
  });

  const differ = await test.step('both look at all photos in one task', async () => {
    await page.getByRole('button', { name: 'All photos', exact: true }).click();
    await expect(frame.heading).toHaveText('Packs side by side', { timeout: 60_000 });
    const words = page.getByText(/^160 photos of the library, the packs disagree on \d+$/);
    await expect(words).toBeVisible();
    await expectAccessible(page, 'packs side by side');
    return Number(/\d+$/.exec((await words.textContent()) ?? '')?.[0]);
  });
  expect(differ).toBeGreaterThan(0);
  expect(differ).toBeLessThan(160);

  await test.step('only those where they disagree, and what each says', async () => {
    await page.getByRole('checkbox', { name: 'Packs disagree' }).click();
    await expect(packs.sideBySide).toHaveAttribute('aria-rowcount', String(differ + 1));
    const first = packs.sideBySide.getByRole('rowheader').getByRole('button').first();
    await expect(first).toHaveAccessibleName(/packs disagree\. .+: .+ \d+%\. .+: .+ \d+%\.$/);
    await first.press('Enter');
    const look = page.getByRole('dialog');
    await expect(look.getByText('The packs disagree.')).toBeVisible();
    await expect(look.getByRole('heading', { level: 3 })).toHaveCount(2);
    await expectAccessible(page, 'a photo that packs disagree on');
    await page.keyboard.press('Escape');
    await expect(look).toBeHidden();
    await expect(first, 'the focus is where it was').toBeFocused();
  });

  await test.step('they are saved as a table with two columns a pack', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: `Save ${differ} as CSV` }).click();
    const [header = '', ...lines] = (await readFile(await (await download).path(), 'utf8')).trimEnd().split('\n');
    expect(header.split(',')).toHaveLength(2 + 2 * 2);
    expect(lines).toHaveLength(differ);
    for (const line of lines) {
      const [, agree, one, , two] = line.split(',');
      expect(agree).toBe('no');
      expect(one).not.toBe(two);
    }
  });

  await test.step('what each says is kept in the library as its own', async () => {
    await page.getByRole('button', { name: 'Back to packs' }).click();
    await expect(page.getByText('It has looked at 160 photos.')).toHaveCount(0);
    for (const at of [1, 2]) {
      await packs.names.nth(at).click();
      await expect(page.getByText('It has looked at 160 photos.')).toBeVisible();
    }
  });
});
