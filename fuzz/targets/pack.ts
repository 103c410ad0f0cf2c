import { decodePack } from '#main/files/packs/decode.ts';
import { encodePack } from '#main/files/packs/encode.ts';
import { refused } from './refused.ts';

export function pack(bytes: Uint8Array): void {
  const content = refused(() => decodePack(bytes, 'fuzzed'));
  if (content === null) return;
  // What was accepted can be written and read again, and is then written the same.
  const written = encodePack(content);
  const again = encodePack(decodePack(written, 'fuzzed'));
  if (Buffer.compare(written, again) !== 0) throw new Error('a pack that was read and written is another one');
}
