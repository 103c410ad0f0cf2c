import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, expect, it, vi } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import { projectId } from '#app/domain/id-of.ts';
import { useEdits } from './edits.ts';

interface Asked {
  readonly edit: number | null;
}

const wire = vi.hoisted(() => ({ labels: { state: vi.fn(), undo: vi.fn(), redo: vi.fn() } }));
vi.mock('../bridge/client.ts', async (original) => ({ ...(await original<object>()), core: wire }));
vi.mock('./project.ts', () => ({ useProject: () => ({ id: 1 }) }));

const here = projectId(1);
/** The stack of the core: what is done and what is undone, newest last. */
let done: number[] = [];
let undone: number[] = [];

const view = (id: number | undefined) => (id === undefined ? null : { id, title: `edit ${id}`, at: id });
const next = () => ({ undo: view(done.at(-1)), redo: view(undone.at(-1)) });

/** As the core does it: refuses another edit than the one meant. */
function taken(from: number[], to: number[], { edit }: Asked): object {
  const id = from.at(-1);
  if (id === undefined) throw new AppError('labels.nothing', 'Nothing.');
  if (edit !== id) throw new AppError('labels.other-edit', `edit ${id} came in between`, { data: { edit: id } });
  to.push(...from.splice(-1));
  return { made: null, done: view(id), ...next() };
}

/** An act of this window, or of another one where it is not handed to the store. */
function made(id: number): { readonly made: number } {
  done.push(id);
  undone = [];
  return { made: id };
}

beforeEach(() => {
  setActivePinia(createPinia());
  done = [1];
  undone = [];
  wire.labels.state.mockImplementation(() => Promise.resolve(next()));
  wire.labels.undo.mockImplementation(async (asked: Asked) => Promise.resolve(taken(done, undone, asked)));
  wire.labels.redo.mockImplementation(async (asked: Asked) => Promise.resolve(taken(undone, done, asked)));
});

async function opened(): Promise<ReturnType<typeof useEdits>> {
  const edits = useEdits();
  await vi.waitFor(() => expect(wire.labels.state).toHaveBeenCalled());
  return edits;
}

it('undoes what was there when the project was opened, and does it again', async () => {
  const edits = await opened();
  expect((await edits.undo(here)).done.id).toBe(1);
  expect((await edits.redo(here)).done.id).toBe(1);
  expect(done).toEqual([1]);
});

it('takes back what the person did and not what came in between, which is told and taken when it is asked for again', async () => {
  const edits = await opened();
  await edits.act(here, Promise.resolve(made(2)));
  made(3);
  await expect(edits.undo(here)).rejects.toThrow('edit 3 came in between');
  expect(done).toEqual([1, 2, 3]);
  expect((await edits.undo(here)).done.id).toBe(3);
  expect((await edits.undo(here)).done.id).toBe(2);
  expect((await edits.undo(here)).done.id).toBe(1);
});

it('does not take for its own what was under an act that it takes back', async () => {
  const edits = await opened();
  await edits.act(here, Promise.resolve(made(2)));
  made(3);
  await edits.act(here, Promise.resolve(made(4)));
  expect((await edits.undo(here)).done.id).toBe(4);
  await expect(edits.undo(here)).rejects.toThrow('edit 3 came in between');
});

it('knows of no edit that came after the project was opened without any', async () => {
  done = [];
  const edits = await opened();
  made(1);
  await expect(edits.undo(here)).rejects.toThrow('edit 1 came in between');
  expect((await edits.undo(here)).done.id).toBe(1);
});

it('finds its way where another window undid what is known here', async () => {
  const edits = await opened();
  await edits.act(here, Promise.resolve(made(2)));
  undone.push(...done.splice(-1));
  await expect(edits.undo(here)).rejects.toThrow('edit 1');
  expect((await edits.undo(here)).done.id).toBe(1);
});

it('takes steps in turn, also those that are pressed before the act is answered', async () => {
  const edits = await opened();
  let answer: (edited: { readonly made: number }) => void = () => undefined;
  const acting = edits.act(here, new Promise<{ readonly made: number }>((resolve) => (answer = resolve)));
  const steps = [edits.undo(here), edits.undo(here), edits.redo(here)];
  answer(made(2));
  await acting;
  expect((await Promise.all(steps)).map((edited) => edited.done.id)).toEqual([2, 1, 1]);
});

it('takes back just the edit of a notice', async () => {
  const edits = await opened();
  await edits.act(here, Promise.resolve(made(2)));
  await edits.act(here, Promise.resolve(made(3)));
  await expect(edits.undo(here, 2)).rejects.toThrow('edit 3 came in between');
  expect((await edits.undo(here, 3)).done.id).toBe(3);
  expect((await edits.undo(here)).done.id).toBe(2);
});
