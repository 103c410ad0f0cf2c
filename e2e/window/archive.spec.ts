/** A project carried through a file into another folder, and a database that a backup takes the place of. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { sampleWithSmallBackbone } from './small-backbone.ts';

async function seesNoGraveViolation(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).include('main').analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect.soft(grave.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
}

test('a labelled project with a run is archived, opened beside itself, and a backup is put back', async ({
  machine,
}) => {
  test.setTimeout(300_000);
  const [archives, photos] = [join(machine.root, 'archives'), join(machine.root, 'put-here')];
  for (const folder of [archives, photos]) await mkdir(folder);
  const window = await sampleWithSmallBackbone(machine);
  const { page, frame, projects, settings } = window;
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await window.train.train({ epochs: 1 });
  await window.run.finishes(1);

  await test.step('archived with its photos', async () => {
    await frame.go('Projects');
    await projects.archive('Sample project', archives);
  });

  await test.step('opened as a project of its own, its photos in another folder', async () => {
    await projects.lookIntoArchive(archives, 'Sample project.dtlproject');
    await seesNoGraveViolation(page);
    await projects.openArchive(photos);
    await window.library.shows(160);
    await frame.seesLabelled(112, 160);
    await frame.go('Runs');
    await expect(page.getByRole('group', { name: 'Table of runs' }).getByRole('link').first()).toBeVisible();
  });

  await test.step('a backup is made, and put back after something was changed', async () => {
    await frame.go('Settings');
    await settings.backUp('2 projects, 320 photos, 224 labels');
    await seesNoGraveViolation(page);
    await frame.go('Projects');
    await projects.rename('Sample project 2', 'Changed since');
    await frame.go('Settings');
    await settings.restore();
    await frame.go('Projects');
    await expect(projects.tiles.getByRole('link', { name: 'Sample project 2' })).toBeVisible();
    await expect(projects.tiles.getByRole('link', { name: 'Changed since' })).toHaveCount(0);
  });
});
