/** Decoding runs ahead of the session: while it is busy with earlier photos, the next ones are being read. */
import { EngineError } from '../errors.ts';

export interface PhotoReader<P> {
  /** RGB bytes [S, S, 3]; rejects with EngineError `photo.unusable` for a photo to go on without. */
  pixels(photo: P): Promise<Uint8Array>;
  photoFailed(photo: P, reason: string): void;
}

export interface Decoded<P> {
  readonly item: P;
  /** Null for a photo that could not be read; its reason has been reported. */
  readonly bytes: Uint8Array | null;
}

const DECODED_AHEAD = 6;

/** Photos in the order given. */
export async function* decodedAhead<P>(photos: readonly P[], reader: PhotoReader<P>): AsyncGenerator<Decoded<P>> {
  const pending: Promise<Decoded<P>>[] = [];
  let next = 0;
  const start = (): void => {
    if (next >= photos.length) return;
    const decoded = decode(photos[next++]!, reader);
    // A failure is dealt with when its turn comes; until then it must not count as unhandled.
    decoded.catch(() => undefined);
    pending.push(decoded);
  };
  for (let i = 0; i < DECODED_AHEAD; i++) start();
  for (let first = pending.shift(); first !== undefined; first = pending.shift()) {
    yield await first;
    start();
  }
}

async function decode<P>(item: P, reader: PhotoReader<P>): Promise<Decoded<P>> {
  try {
    return { item, bytes: await reader.pixels(item) };
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'photo.unusable') throw error;
    reader.photoFailed(item, error.message);
    return { item, bytes: null };
  }
}
