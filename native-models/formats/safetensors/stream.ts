/** Writes safetensors files that are larger than memory: one tensor is made, written and dropped after another. */
import { open, rename, rm } from 'node:fs/promises';
import { EngineError } from '../../errors.ts';
import { checkLength, layOut } from './encode.ts';
import type { TensorDescription } from './encode.ts';
import { shown } from './problem.ts';

export interface TensorToStream extends TensorDescription {
  /** Called once, when the tensor's turn has come; gives its bytes, row-major, little-endian. */
  readonly data: () => Uint8Array | Promise<Uint8Array>;
}

/**
 * Writes the file that encodeSafetensors would give, beside `path` and then in its place, so that a reader sees the
 * old file or the whole new one. At a failure (or when a producer throws) nothing is left behind and an older file at
 * `path` is kept. @throws EngineError `safetensors.encode`, `safetensors.write`, and whatever a producer throws
 */
export async function writeSafetensorsStream(
  path: string,
  tensors: readonly TensorToStream[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const { head, ordered } = layOut(tensors, metadata);
  const partial = `${path}.partial`;
  const handle = await writing(path, open(partial, 'w'));
  try {
    try {
      await writing(path, handle.writeFile(head));
      for (const { tensor, bytes } of ordered) {
        const data = await tensor.data();
        checkLength(tensor.name, data, bytes);
        await writing(path, handle.writeFile(data));
      }
      await writing(path, handle.sync());
    } finally {
      await handle.close();
    }
    await writing(path, rename(partial, path));
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function writing<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const errno = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
    throw new EngineError('safetensors.write', `${shown(path)} could not be written: ${reason}.`, {
      data: { file: path, errno },
      cause,
    });
  }
}
