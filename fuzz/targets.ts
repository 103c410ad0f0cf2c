/**
 * Readers of files from anywhere, each as a function of bytes. A target returns where the bytes were accepted or refused with
 * words, and throws for everything else: errors of the program's own, and accepted bytes that do not keep what was accepted.
 */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '#app/domain/errors.ts';
import { decodePack } from '#main/files/packs/decode.ts';
import { encodePack } from '#main/files/packs/encode.ts';
import { csvLine, parseCsv } from '#main/files/tables/csv.ts';
import { labelTableIn } from '#main/files/tables/label-table.ts';
import { recognise } from '#main/images/recognise.ts';
import { readCheckpoint } from '#native-models/formats/checkpoints.ts';
import { byteSizes } from '#native-models/dtypes.ts';
import { EngineError } from '#native-models/errors.ts';
import { readNpzArray, readNpzHeader } from '#native-models/formats/npz.ts';
import { NpyProblem, parseNpyHeader } from '#native-models/formats/npz/npy-header.ts';
import { parseSafetensors, tensorBytes, tensorFloat32 } from '#native-models/formats/safetensors.ts';

export type Target = (bytes: Uint8Array) => void | Promise<void>;

/** For readers that take a path. */
const place = join(tmpdir(), `dtl-fuzzed-${process.pid}`);

export const targets = {
  safetensors: (bytes) => {
    const file = refused(() => parseSafetensors(bytes, 'fuzzed'));
    if (file === null) return;
    for (const entry of file.tensors.values()) {
      if (tensorBytes(file, entry).byteLength !== entry.end - entry.start) throw new Error(`${entry.name} is cut off`);
      refused(() => tensorFloat32(file, entry));
    }
    const reading = refused(() =>
      readCheckpoint({
        path: 'fuzzed',
        container: 'safetensors',
        metadata: file.metadata,
        tensors: file.tensors,
        read: () => Promise.reject(new Error('nothing is to be read yet')),
      }),
    );
    if (reading !== null && 'problems' in reading && reading.problems.length === 0)
      throw new Error('refused without a reason');
  },
  npz: async (bytes) => {
    writeFileSync(place, bytes);
    try {
      const file = await readNpzHeader(place);
      for (const array of file.arrays.values()) {
        const numbers = await readNpzArray(file, array);
        const wanted = array.shape.reduce((product, size) => product * size, byteSizes[array.dtype]);
        if (numbers.byteLength !== wanted)
          throw new Error(`${array.name} has ${numbers.byteLength} bytes, not ${wanted}`);
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
  },
  npy: (bytes) => {
    try {
      const { length, shape } = parseNpyHeader(bytes);
      if (length > bytes.length || shape.some((size) => !Number.isSafeInteger(size) || size < 0))
        throw new Error('a header that cannot be');
    } catch (error) {
      if (!(error instanceof NpyProblem)) throw error;
    }
  },
  pack: (bytes) => {
    const content = refused(() => decodePack(bytes, 'fuzzed'));
    if (content === null) return;
    // What was accepted can be written and read again, and is then written the same.
    const written = encodePack(content);
    const again = encodePack(decodePack(written, 'fuzzed'));
    if (Buffer.compare(written, again) !== 0) throw new Error('a pack that was read and written is another one');
  },
  csv: (bytes) => {
    const text = new TextDecoder().decode(bytes);
    const records = refused(() => parseCsv(text, 'fuzzed.csv'));
    refused(() => labelTableIn(text, 'fuzzed.csv'));
    if (records === null || records.length === 0) return;
    // A comma is chosen where nothing else is more frequent: with two columns it always is.
    const cells = records.flatMap((record) => record.cells).slice(0, 200);
    const rows = parseCsv(`a,b\n${cells.map((cell) => csvLine(['x', cell])).join('')}`, 'again.csv');
    if (rows.slice(1).some((row, at) => row.cells[1] !== cells[at]))
      throw new Error('a cell that was written is read as another');
  },
  metadata: (bytes) => {
    refused(() => labelTableIn(new TextDecoder().decode(bytes), 'metadata.jsonl'));
    if (Object.keys(Object.prototype).length > 0) throw new Error('the prototype of all objects was changed');
  },
  image: (bytes) => {
    const found = recognise(Buffer.from(bytes));
    if ('refusal' in found && found.refusal === '') throw new Error('refused without a reason');
  },
} satisfies Readonly<Record<string, Target>>;

export type TargetName = keyof typeof targets;

/** Null where it was refused with words. */
function refused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof EngineError || (error instanceof AppError && error.kind === 'expected')) return null;
    throw error;
  }
}
