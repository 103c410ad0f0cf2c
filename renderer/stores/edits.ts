/**
 * Which edit undo and redo mean in this window: the last one that was made here or told of here. What came in between by
 * itself (an import that ended, another window) is refused by the core and told, and taken when it is asked for again.
 *
 *   const edited = await edits.act(project.open, core.labels.set({ … }))
 *   await edits.undo(project.open)            what Ctrl Z means
 *   await edits.undo(project.open, edit)      just this one
 */
import { defineStore } from 'pinia';
import { nextTick, watch } from 'vue';
import type { Edited, EditView } from '#app/contract/labels.ts';
import type { ProjectId } from '#app/domain/ids.ts';
import { core } from '../bridge/client.ts';
import { toAppError } from '../bridge/to-app-error.ts';
import { useProject } from './project.ts';

type Id = EditView['id'];

interface Known {
  /** The newest last. */
  done: readonly Id[];
  undone: Id | null;
}

export type Replayed = Edited & { readonly done: EditView };

export const useEdits = defineStore('edits', () => {
  const project = useProject();
  const known = new Map<ProjectId, Known>();
  /** Resolves when everything that was asked for before is answered. */
  let before: Promise<unknown> = Promise.resolve();

  /** As it is when the project is opened; what comes later is only known once it is made or told here. */
  async function begin(where: ProjectId): Promise<Known> {
    if (!known.has(where)) {
      const { undo, redo } = await core.labels.state({ project: where });
      if (!known.has(where)) known.set(where, { done: listed(undo), undone: redo?.id ?? null });
    }
    return knownOf(where);
  }

  function knownOf(where: ProjectId): Known {
    const there = known.get(where) ?? { done: [], undone: null };
    known.set(where, there);
    return there;
  }

  watch(
    () => project.id,
    (now) => {
      // The screen that is being opened asks first. Where this fails, the first step asks again.
      if (now !== null) void nextTick(() => begin(now).catch(() => undefined));
    },
    { immediate: true },
  );

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = before.then(work);
    before = turn.catch(() => undefined);
    return turn;
  }

  /** Notes what an act is kept as. Steps wait for it, so that they find it. */
  async function act<T extends Pick<Edited, 'made'>>(where: ProjectId, asked: Promise<T>): Promise<T> {
    const noted = asked.then((edited) => {
      if (edited.made === null) return edited;
      const now = knownOf(where);
      now.done = [...now.done, edited.made];
      now.undone = null;
      return edited;
    });
    before = Promise.allSettled([before, noted]);
    return noted;
  }

  async function step(which: 'undo' | 'redo', where: ProjectId, edit: Id | null): Promise<Replayed> {
    const now = await begin(where);
    const meant = edit ?? (which === 'undo' ? (now.done.at(-1) ?? null) : now.undone);
    try {
      const edited = await core.labels[which]({ project: where, edit: meant });
      if (which === 'undo') {
        const rest = now.done.filter((id) => id < edited.done.id);
        now.done = rest.length > 0 ? rest : listed(edited.undo);
        now.undone = edited.done.id;
      } else {
        now.done = [...now.done, edited.done.id];
        now.undone = edited.redo?.id ?? null;
      }
      return edited;
    } catch (thrown) {
      const { code, data } = toAppError(thrown);
      const other = data['edit'];
      if (code === 'labels.other-edit' && typeof other === 'number') {
        if (which === 'undo') now.done = [...now.done.filter((id) => id < other), other];
        else now.undone = other;
      }
      throw thrown;
    }
  }

  return {
    act,
    undo: (where: ProjectId, edit: Id | null = null): Promise<Replayed> => inTurn(() => step('undo', where, edit)),
    redo: (where: ProjectId): Promise<Replayed> => inTurn(() => step('redo', where, null)),
  };
});

function listed(edit: EditView | null): readonly Id[] {
  return edit === null ? [] : [edit.id];
}
