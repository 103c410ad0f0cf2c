/** A checkpoint rewritten under canonical names: one tensor is read, made and written after another. */
import { writeSafetensorsStream } from '../safetensors.ts';
import type { TensorPlan } from './checkpoint.ts';
import { cook, recipeBytes } from './recipe.ts';
import type { TensorFile } from './tensor-file.ts';

/** Called before each tensor with the bytes written so far, of how many; throws to stop. */
export type OnTensor = (progress: { readonly done: number; readonly total: number }) => void;

/**
 * Writes the tensors of `plan` to `path`. Memory holds the largest tensor of the file, what is made of it, and the last one
 * read. Throws EngineError of the reader, of `safetensors.write`, and what `onTensor` throws; nothing is left behind then.
 */
export async function writeCanonical(
  path: string,
  file: TensorFile,
  { recipes }: TensorPlan,
  onTensor: OnTensor = () => undefined,
): Promise<void> {
  const read = rememberingLast(file);
  // Blocks that are stacked in one array are cut from it one after another while it is in memory.
  const bySource = recipes.toSorted((a, b) => {
    const [left, right] = [a, b].map(({ pieces }) => pieces[0]?.source ?? '');
    return left === right ? 0 : (left ?? '') < (right ?? '') ? -1 : 1;
  });
  const total = recipes.reduce((sum, recipe) => sum + recipeBytes(recipe), 0);
  let done = 0;
  const tensors = bySource.map((recipe) => ({
    name: recipe.name,
    dtype: recipe.dtype,
    shape: recipe.shape,
    data: () => {
      onTensor({ done, total });
      done += recipeBytes(recipe);
      return cook(recipe, read, file);
    },
  }));
  await writeSafetensorsStream(path, tensors, {});
}

function rememberingLast(file: TensorFile): TensorFile['read'] {
  let last: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } | null = null;
  return async (name) => {
    if (last?.name === name) return last.bytes;
    last = null;
    const bytes = await file.read(name);
    last = { name, bytes };
    return bytes;
  };
}
