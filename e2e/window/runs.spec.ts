/** Runs that are stopped, paused, watched from several places, killed and interrupted. */
import type { Locator } from '@playwright/test';
import { enginesOf } from '../harness/processes.ts';
import { expectAccessible } from '../pages/accessible.ts';
import { Studio } from '../pages/studio.ts';
import type { Machine } from './fixtures.ts';
import { expect, test } from './fixtures.ts';
import { sampleWithSmallBackbone } from './small-backbone.ts';

/** Long enough to do something to it, short enough to see its end. */
const EPOCHS = 60;

async function startRun(machine: Machine): Promise<Studio> {
  const window = await sampleWithSmallBackbone(machine);
  await window.train.train({ epochs: EPOCHS });
  return window;
}

const firstRun = ({ page }: Studio): Locator =>
  page.getByRole('group', { name: 'Table of runs' }).getByRole('link').first();

test('a run is paused, goes on, is stopped and resumed, and has all its epochs', async ({ machine }) => {
  const { run } = await startRun(machine);
  await run.reachesEpoch(2);
  await run.button('Pause').click();
  await run.button('Go on').click({ timeout: 30_000 });
  await run.reachesEpoch((await run.epochs()) + 2);
  await run.button('Stop').click();
  await expect(
    run.page
      .getByRole('main')
      .getByText(/^Stopped$/)
      .first(),
  ).toBeVisible({ timeout: 30_000 });
  const kept = await run.epochs();
  expect(kept).toBeLessThan(EPOCHS);
  await run.button('Resume').click();
  await run.finishes(EPOCHS);
  expect(await run.epochs()).toBe(EPOCHS);
});

test('a reload keeps the curve, and a second tab sees labels and run', async ({ machine }) => {
  const window = await startRun(machine);
  await window.run.reachesEpoch(3);
  await test.step('reload', async () => {
    await window.page.reload();
    await expect.poll(() => window.run.epochs()).toBeGreaterThanOrEqual(3);
    await expect(window.run.progress.first()).toBeVisible();
  });
  const second = new Studio(await machine.open());
  await test.step('the second tab follows the run', async () => {
    await second.projects.open('Sample project');
    await second.frame.goByKeys('Runs');
    await firstRun(second).click();
    // A quick machine may be done by now.
    await second.run.reachesEpoch(Math.min(EPOCHS, (await window.run.epochs()) + 1));
  });
  await test.step('and labels that are given in the first one', async () => {
    await window.frame.goByKeys('Label');
    await second.frame.goByKeys('Library');
    await second.library.find('new-029-ball');
    await second.library.shows(1);
    await expect(second.library.cell('no label')).toHaveCount(1);
    // A tab that is not seen paints nothing, and a label is for the photo that is painted.
    await window.page.bringToFront();
    await window.label.labelInTurn(1);
    await second.page.bringToFront();
    await second.frame.seesLabelled(113, 160);
    await expect(second.library.cell('no label')).toHaveCount(0);
  });
  await test.step('both see its end', async () => {
    for (const one of [window, second]) {
      await one.frame.go('Runs');
      await firstRun(one).click();
      await one.run.finishes(EPOCHS);
    }
  });
});

test('a run whose engine was killed says so in plain words and is finished by resuming it', async ({ machine }) => {
  const { run } = await startRun(machine);
  await run.reachesEpoch(2);
  const engines = enginesOf(machine.pid);
  expect(engines).toHaveLength(1);
  for (const { pid } of engines) process.kill(pid, 'SIGKILL');
  const failure = run.page.getByRole('main').getByText('This run failed');
  await expect(failure).toBeVisible({ timeout: 30_000 });
  await expect(run.page.getByRole('main')).toContainText(/is kept; resuming goes on from there/);
  await expect(run.page.getByRole('main')).not.toContainText(/SIGKILL|undefined|null/);
  await expectAccessible(run.page, 'a run that failed');
  await run.button('Resume').click();
  await run.finishes(EPOCHS);
  expect(await run.epochs()).toBe(EPOCHS);
});

test('a run that was at work when the server ended waits, and goes on when it is let', async ({ machine }) => {
  const { run: before } = await startRun(machine);
  await before.reachesEpoch(3);
  await machine.restart();
  const again = new Studio(await machine.open());
  await again.projects.open('Sample project');
  await again.frame.goByKeys('Runs');
  await firstRun(again).click();
  await expect(again.page.getByText(/The queue is held. It goes on after epoch \d+ when you let it\./)).toBeVisible();
  expect(enginesOf(machine.pid), 'nothing computes by itself').toHaveLength(0);
  await again.run.button('Go on').click();
  await again.run.finishes(EPOCHS);
  expect(await again.run.epochs()).toBe(EPOCHS);
});
