import { NpyProblem, parseNpyHeader } from '#native-models/formats/npz/npy-header.ts';

export function npy(bytes: Uint8Array): void {
  try {
    const { length, shape } = parseNpyHeader(bytes);
    if (length > bytes.length || shape.some((size) => !Number.isSafeInteger(size) || size < 0))
      throw new Error('a header that cannot be');
  } catch (error) {
    if (!(error instanceof NpyProblem)) throw error;
  }
}
