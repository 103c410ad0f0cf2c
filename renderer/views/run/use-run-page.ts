/** A run's page, kept true: the snapshot, then every epoch, line and state as the core tells of it. */
import { onScopeDispose, shallowRef, watch } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import type { CoreEvent } from '#app/contract/events.ts';
import type { RunPage } from '#app/contract/runs.ts';
import type { AppError } from '#app/domain/errors.ts';
import type { RunId } from '#app/domain/ids.ts';
import { core } from '../../bridge/client.ts';
import { onAnyEvent } from '../../bridge/events.ts';
import { followSnapshot } from '../../bridge/snapshot.ts';
import { withEvent } from './live-run.ts';

export interface FollowedRun {
  readonly page: ShallowRef<RunPage | null>;
  readonly error: ShallowRef<AppError | null>;
  /** The run was deleted, here or in another window. */
  readonly removed: ShallowRef<boolean>;
  readonly again: () => void;
}

export function useRunPage(run: Readonly<Ref<RunId>>): FollowedRun {
  const page = shallowRef<RunPage | null>(null);
  const error = shallowRef<AppError | null>(null);
  const removed = shallowRef(false);
  /** Told while a snapshot was on its way; those that it contains are dropped when it is here. */
  let early: CoreEvent[] = [];
  let underWay = 0;

  const stopListening = onAnyEvent((event) => {
    if (event.type === 'run' && event.run === run.value && event.change === 'removed') removed.value = true;
    if (event.type !== 'metric' && event.type !== 'run-progress' && event.type !== 'log') return;
    if (underWay > 0) early.push(event);
    if (page.value !== null) page.value = withEvent(page.value, event);
  });

  const follow = followSnapshot<RunPage>({
    async load() {
      underWay += 1;
      try {
        return await core.runs.show({ run: run.value });
      } finally {
        underWay -= 1;
      }
    },
    apply(value) {
      page.value = early.reduce(withEvent, value);
      early = [];
      error.value = null;
    },
    seq: ({ seq }) => seq,
    concerns: (event) =>
      (event.type === 'run' && event.run === run.value && event.change !== 'removed') || event.type === 'queue',
    onError(thrown) {
      error.value = thrown;
    },
  });

  watch(run, () => {
    page.value = null;
    removed.value = false;
    early = [];
    follow.again();
  });
  onScopeDispose(() => {
    stopListening();
    follow.stop();
  });
  return { page, error, removed, again: follow.again };
}
