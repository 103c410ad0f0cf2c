/** Packs on disk. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { PackContent, PackTensor } from '#app/domain/pack-content.ts';
import type { PackFile } from '#app/ports/files.ts';
import { writeFileAtomic } from '../atomic.ts';
import { fileProblem } from '../problems.ts';
import { checkPackSize, decodePack, decodeTrained } from './decode.ts';
import { encodePack } from './encode.ts';

/** Throws AppError `pack.*` as decodePack does, or `files.*`. */
export async function readPack(path: string): Promise<PackFile> {
  const bytes = await readBounded(path);
  return describe(decodePack(bytes, path), bytes);
}

/** Throws AppError `pack.invalid`, or `files.*`; an older file at `path` is then kept. */
export async function writePack(path: string, content: PackContent): Promise<PackFile> {
  const bytes = encodePack(content);
  await writeFileAtomic(path, bytes);
  return describe(content, bytes);
}

/** The tensors of a run's weights. Throws AppError `pack.damaged`, `pack.invalid`, or `files.*`. */
export async function readTrained(path: string): Promise<ReadonlyMap<string, PackTensor>> {
  return decodeTrained(await readBounded(path), path);
}

function describe(content: PackContent, bytes: Uint8Array): PackFile {
  return { content, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}

async function readBounded(path: string): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    checkPackSize((await file.stat()).size, path);
    return await file.readFile();
  } catch (error) {
    throw fileProblem(error, 'read', path);
  }
}
