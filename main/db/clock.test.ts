/** A machine's clock that is put back by years changes what is written beside things, and never their order. */
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from './store.ts';
import { countingClock, temporaryStore } from './testing/temporary-store.ts';
import { labelledProject } from './testing/samples.ts';

it('labels, their seals and what is undone stay in the order in which they were made', () => {
  const { store: before, path } = temporaryStore({ now: countingClock(2e12) });
  const { project, photos, classes } = labelledProject(before, 2);
  const [photo] = photos;
  before.labels.set(project, [{ photoId: photo!, classId: classes[1].id }], { actor: 'ada', source: 'manual' });
  before.close();

  const store = openStore(path, { now: countingClock(1e12) });
  onTestFinished(() => store.close());
  store.labels.set(project, [{ photoId: photo!, classId: null }], { actor: 'ada', source: 'manual' });
  const history = store.labels.history(photo!);
  expect(history.map(({ to }) => to)).toEqual([classes[0].id, classes[1].id, null]);
  expect(history.map(({ revision }) => revision)).toEqual([1, 3, 4]);
  // The times say what the clock said, the order does not heed them.
  expect(history[2]!.at).toBeLessThan(history[1]!.at);
  expect(store.photos.get(photo!).classId).toBeNull();
  expect(store.labels.check(project)).toMatchObject({ events: 4, sealed: 4, problems: [] });
});
