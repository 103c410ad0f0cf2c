/** Packs on disk. */
import { createHash } from 'node:crypto';
import type { PackContent, PackTensor } from '#app/domain/pack-content.ts';
import type { PackFile, WrittenPack } from '#app/ports/files.ts';
import { writeFileAtomic } from '../atomic.ts';
import { readWhole } from '../read-whole.ts';
import { checkPackSize, decodePack, decodeTrained } from './decode.ts';
import { encodePack } from './encode.ts';

/** Throws AppError `pack.*` as decodePack does, or `files.*`. */
export async function readPack(path: string): Promise<PackFile> {
  const bytes = await readBounded(path);
  return describe(decodePack(bytes, path), bytes);
}

/** Throws AppError `pack.invalid`, or `files.*`; an older file in its place is then kept. */
export async function writePack(
  place: string | ((sha256: string) => string),
  content: PackContent,
): Promise<WrittenPack> {
  const bytes = encodePack(content);
  const file = describe(content, bytes);
  const path = typeof place === 'string' ? place : place(file.sha256);
  await writeFileAtomic(path, bytes);
  return { ...file, path };
}

/** The tensors of a run's weights. Throws AppError `pack.damaged`, `pack.invalid`, or `files.*`. */
export async function readTrained(path: string): Promise<ReadonlyMap<string, PackTensor>> {
  return decodeTrained(await readBounded(path), path);
}

function describe(content: PackContent, bytes: Uint8Array): PackFile {
  return { content, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}

function readBounded(path: string): Promise<Uint8Array> {
  return readWhole(path, (bytes) => checkPackSize(bytes, path));
}
