/** What the core says of the choices, a moment after they were made; an answer that was overtaken is dropped. */
import { onScopeDispose, shallowRef, watch } from 'vue';
import type { Ref, ShallowRef } from 'vue';
import type { TrainPreview } from '#app/contract/runs.ts';
import type { ProjectId } from '#app/domain/ids.ts';
import { core } from '../../bridge/client.ts';
import { onAnyEvent, onFresh } from '../../bridge/events.ts';
import { toAppError } from '../../bridge/to-app-error.ts';
import type { Asked } from './form.ts';

const PAUSE_MS = 200;

export interface Previewed {
  readonly preview: ShallowRef<TrainPreview | null>;
  readonly problem: ShallowRef<string | null>;
  /** The preview does not answer the newest choices yet. */
  readonly stale: ShallowRef<boolean>;
}

export function usePreview(project: Readonly<Ref<ProjectId | null>>, asked: Readonly<Ref<Asked>>): Previewed {
  const preview = shallowRef<TrainPreview | null>(null);
  const problem = shallowRef<string | null>(null);
  const stale = shallowRef(true);
  let newest = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function soon(pause: number): void {
    newest += 1;
    stale.value = true;
    clearTimeout(timer);
    timer = setTimeout(() => void ask(newest), pause);
  }

  async function ask(mine: number): Promise<void> {
    const { request } = asked.value;
    if (project.value === null) return;
    if (request === null) {
      problem.value = null;
      stale.value = false;
      return;
    }
    try {
      const answer = await core.runs.preview({ project: project.value, request });
      if (mine !== newest) return;
      preview.value = answer;
      problem.value = null;
    } catch (thrown) {
      if (mine !== newest) return;
      preview.value = null;
      problem.value = toAppError(thrown).message;
    }
    stale.value = false;
  }

  // Seeds are part of the form and of nothing that is asked here.
  watch(
    () => JSON.stringify(asked.value),
    () => soon(PAUSE_MS),
  );
  watch(project, () => {
    preview.value = null;
    soon(0);
  });
  const ends = [
    onFresh(() => soon(0)),
    onAnyEvent((event) => {
      const mine = 'project' in event && event.project === project.value;
      const photosOrLabels =
        event.type === 'labels' || event.type === 'classes' || event.type === 'photos' || event.type === 'splits';
      const ended = event.type === 'run' && event.change === 'state';
      if ((mine && (photosOrLabels || ended)) || event.type === 'backbones' || event.type === 'settings')
        soon(PAUSE_MS);
    }),
  ];
  onScopeDispose(() => {
    clearTimeout(timer);
    newest += 1;
    for (const end of ends) end();
  });
  return { preview, problem, stale };
}
