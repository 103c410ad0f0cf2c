import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byteSizes } from '#native-models/dtypes.ts';
import { EngineError } from '#native-models/errors.ts';
import { readNpzArray, readNpzHeader } from '#native-models/formats/npz.ts';

/** The reader takes a path. */
const place = join(tmpdir(), `dtl-fuzzed-${process.pid}`);

export async function npz(bytes: Uint8Array): Promise<void> {
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
}
