/** Nothing that anybody does in the window asks another machine for anything. */
import { connects, outsideAddresses, whyNoTrace } from '../harness/network.ts';
import { Studio } from '../pages/studio.ts';
import { expect, test } from './fixtures.ts';

test.use({ networkTraced: true });

test('import, labels, training and prediction leave this machine alone', async ({ machine }, info) => {
  const why = info.project.name === 'browser' ? whyNoTrace() : 'only the server is traced';
  test.skip(why !== null, `the network was not listened to: ${why ?? ''}`);
  const window = new Studio(await machine.open());
  await window.projects.trySample();
  await expect(window.library.cells.locator('[data-state=shown]').first()).toBeVisible();
  await window.frame.goByKeys('Label');
  await window.label.labelInTurn(2);
  await window.frame.goByKeys('Train');
  await window.train.train({ epochs: 2 });
  await window.run.finishes(2);
  await window.run.exportPack();
  await window.frame.goByKeys('Packs');
  await window.packs.lookAtUnlabelled(46);
  await window.frame.go('Backbones');
  await window.frame.go('Settings');
  if (machine.trace === null) throw new Error('there is no trace');
  expect(connects(machine.trace), 'the trace saw something').toBeGreaterThan(0);
  expect(outsideAddresses(machine.trace)).toEqual([]);
  expect(machine.strangers).toEqual([]);
});
