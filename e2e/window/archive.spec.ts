/** A project carried through a file into another folder, and a database that a backup takes the place of. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from './fixtures.ts';
import { expectAccessible } from '../pages/accessible.ts';
import { sampleWithSmallBackbone } from './small-backbone.ts';

test('a labelled project with a run is archived, opened beside itself, and a backup is put back', async ({
  machine,
}) => {
  test.setTimeout(300_000);
  const [archives, photos] = [join(machine.root, 'archives'), join(machine.root, 'put-here')];
  for (const folder of [archives, photos]) await mkdir(folder);
  const window = await sampleWithSmallBackbone(machine);
  const { page, frame, projects, settings } = window;
  await window.train.train({ epochs: 1 });
  await window.run.finishes(1);

  await test.step('archived with its photos', async () => {
    await frame.go('Projects');
    await projects.archive('Sample project', archives);
  });

  await test.step('opened as a project of its own, its photos in another folder', async () => {
    await projects.lookIntoArchive(archives, 'Sample project.dtlproject');
    await expectAccessible(page, 'what an archive holds');
    await projects.openArchive(photos);
    await window.library.shows(160);
    await frame.seesLabelled(112, 160);
    await frame.go('Runs');
    await expect(page.getByRole('group', { name: 'Table of runs' }).getByRole('link').first()).toBeVisible();
  });

  await test.step('a backup is made, and put back after something was changed', async () => {
    await frame.go('Settings');
    await settings.backUp('2 projects, 320 photos, 224 labels');
    await expectAccessible(page, 'settings with a backup');
    await frame.go('Projects');
    await projects.rename('Sample project 2', 'Changed since');
    await frame.go('Settings');
    await settings.restore();
    await frame.go('Projects');
    await expect(projects.tiles.getByRole('link', { name: 'Sample project 2' })).toBeVisible();
    await expect(projects.tiles.getByRole('link', { name: 'Changed since' })).toHaveCount(0);
  });
});
