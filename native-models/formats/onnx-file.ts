/** ONNX models as one file with their weights inside, copied piece by piece out of the files in which they lie. */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import type { ExternalBytes, OnnxModel } from './onnx.ts';
import { piecesOfModel } from './onnx.ts';

/** Of a weight this much is in memory at a time. */
const CHUNK = 4 << 20;

export interface ModelFile {
  readonly bytes: number;
  /** Writes the whole file; `onBytes` hears how much is there. Throws `onnx.weights` where the weights cannot be read. */
  write(file: FileHandle, onBytes?: (done: number) => Promise<void>): Promise<void>;
}

/** Lays the file out; `folder` is the one that the locations of external data count from. Throws as `encodeModel`. */
export function modelFile(model: OnnxModel, folder: string): ModelFile {
  const pieces = piecesOfModel(model);
  return {
    bytes: pieces.reduce((sum, { length }) => sum + length, 0),
    write: async (file, onBytes = () => Promise.resolve()) => {
      const sources = new Map<string, FileHandle>();
      let done = 0;
      try {
        for (const piece of pieces) {
          for await (const bytes of piece instanceof Uint8Array ? [piece] : read(piece, folder, sources)) {
            await file.writeFile(bytes);
            done += bytes.length;
            if (bytes.length >= CHUNK / 2) await onBytes(done);
          }
        }
        await onBytes(done);
      } finally {
        for (const source of sources.values()) await source.close();
      }
    },
  };
}

/** A piece is valid until the next one is asked for. */
async function* read(
  { location, offset, length }: ExternalBytes,
  folder: string,
  sources: Map<string, FileHandle>,
): AsyncGenerator<Uint8Array> {
  const path = join(folder, location);
  const source =
    sources.get(location) ??
    (await open(path, 'r').catch((cause: unknown) => {
      throw unreadable(path, cause);
    }));
  sources.set(location, source);
  const buffer = new Uint8Array(Math.min(CHUNK, length));
  for (let at = 0; at < length;) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, length - at), offset + at);
    if (bytesRead === 0) throw unreadable(path, new RangeError('it ends before the tensor does'));
    yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}

function unreadable(path: string, cause: unknown): EngineError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EngineError('onnx.weights', `The weights in "${path}" could not be read: ${reason}.`, {
    data: { path },
    cause,
  });
}
