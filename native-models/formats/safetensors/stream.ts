/** Writes safetensors files that are larger than memory: one tensor is made, written and dropped after another. */
import type { FileHandle } from 'node:fs/promises';
import { EngineError } from '../../errors.ts';
import { replaceFile } from '../write-atomic.ts';
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
  // What a producer throws is passed on as it is; only what the disk says is a failure to write.
  let produced: { readonly error: unknown } | null = null;
  const writeAll = async (file: FileHandle): Promise<void> => {
    await file.writeFile(head);
    for (const { tensor, bytes } of ordered) {
      let data: Uint8Array;
      try {
        data = await tensor.data();
        checkLength(tensor.name, data, bytes);
      } catch (error) {
        produced = { error };
        throw error;
      }
      await file.writeFile(data);
    }
  };
  await replaceFile(path, writeAll).catch((cause: unknown) => {
    throw produced === null ? notWritten(path, cause) : cause;
  });
}

function notWritten(path: string, cause: unknown): EngineError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const errno = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : null;
  return new EngineError('safetensors.write', `${shown(path)} could not be written: ${reason}.`, {
    data: { file: path, errno },
    cause,
  });
}
