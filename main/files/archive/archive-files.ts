/** Archives of projects as files: written once, read back before they get their name, and read from anybody. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { AppError, cancelled } from '#app/domain/errors.ts';
import type { ArchiveEntry, ArchiveFiles, ArchiveSink, ArchiveSource, ExtractedFile } from '#app/ports/archive.ts';
import { makeFolder, replaceFile } from '#native-models/formats/write-atomic.ts';
import { writeChunksAtomic } from '../atomic.ts';
import { hashFiles } from '../photos/hash.ts';
import { errnoOf, fileProblem } from '../problems.ts';
import { HEAD, MANIFEST, namedContent, photoHash, README } from './names.ts';
import { archiveProblem } from './problems.ts';
import { entryBytes, readDirectory } from './zip-reader.ts';
import type { ZipEntry } from './zip-reader.ts';
import { ZipWriter } from './zip-writer.ts';

const readMe = `This is the archive of a project of DTL Studio: its photos' labels with their history, splits, runs and packs, and where it
was wished the photos. It is a zip file; "dtl project open FILE", or "Open an archive" in the app, takes it into a profile.

project.json     what it is, and what is in it
*.jsonl          the project's tables, one JSON text a line
runs/ packs/     trained weights, checkpoints and adapter packs
photos/          photos by the SHA-256 of their bytes
manifest.jsonl   the SHA-256 of everything above
`;

const PIECE = 1 << 20;
/** Files up to this size are read once, into memory; larger ones are hashed before they are copied. */
const IN_MEMORY = 1 << 26;
/** A line of a table; edits of a whole library are the longest. */
const LONGEST_LINE = 1 << 24;
const LONGEST_JSON = 1 << 24;
const GROUP = 1000;

const manifestLine = z.object({
  name: z.string().max(200),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

type Work = Parameters<ArchiveSource['check']>[0];

export const archiveFiles: ArchiveFiles = {
  write: async (path, fill, work) => {
    try {
      await replaceFile(path, (file) => writeArchive(file, fill, work), {
        check: async (partial) => {
          const source = await openArchive(partial);
          try {
            await source.check(work);
          } finally {
            await source.close();
          }
        },
      });
      return (await stat(path)).size;
    } catch (error) {
      throw fileProblem(error, 'written', path, 'No archive was left behind.');
    }
  },
  open: openArchive,
  placeFor: placePhoto,
  modifiedAt: async (path) => (await stat(path)).mtimeMs,
};

async function writeArchive(
  file: FileHandle,
  fill: (sink: ArchiveSink) => Promise<void>,
  { signal }: Work,
): Promise<void> {
  const zip = new ZipWriter(file);
  const manifest: ArchiveEntry[] = [];

  async function add(name: string, chunks: AsyncIterable<Uint8Array>, deflate: boolean): Promise<string> {
    const hash = createHash('sha256');
    let bytes = 0;
    const hashed = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        if (signal?.aborted === true) throw cancelled('The archive');
        hash.update(chunk);
        bytes += chunk.byteLength;
        yield chunk;
      }
    };
    await zip.add(name, hashed(), { deflate });
    const sha256 = hash.digest('hex');
    manifest.push({ name, bytes, sha256 });
    return sha256;
  }

  await add(README, one(readMe), true);
  await fill({
    json: async (name, value) => {
      await add(name, one(JSON.stringify(value)), true);
    },
    lines: async (name, records) => {
      await add(name, linesOf(records), true);
    },
    file: async (name, path, sha256) => {
      if (signal?.aborted === true) throw cancelled('The archive');
      let source: FileHandle;
      try {
        source = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      } catch (error) {
        if (errnoOf(error) === undefined) throw error;
        return 'missing';
      }
      try {
        const facts = await source.stat();
        if (!facts.isFile()) return 'missing';
        if (facts.size <= IN_MEMORY) {
          const bytes = await source.readFile();
          if (sha256 !== null && createHash('sha256').update(bytes).digest('hex') !== sha256) return 'changed';
          await add(name, one(bytes), false);
          return 'taken';
        }
        const [found] = sha256 === null ? [] : await hashFiles([path], signal === undefined ? {} : { signal });
        if (sha256 !== null && found?.hash !== sha256) return 'changed';
        const taken = await add(name, piecesOf(source), false);
        // The entry stands in the file by now.
        if (sha256 !== null && taken !== sha256) throw changedMeanwhile(path);
        return 'taken';
      } finally {
        await source.close();
      }
    },
  });
  await zip.add(MANIFEST, linesOf(manifest), { deflate: true });
  await zip.end();
}

function changedMeanwhile(path: string): AppError {
  return new AppError(
    'archive.changed-meanwhile',
    `"${path}" was changed while it was being copied into the archive. No archive was left behind. Try again when nothing writes to it.`,
    { data: { path } },
  );
}

async function* one(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(typeof content === 'string' ? new TextEncoder().encode(content) : content);
}

async function* piecesOf(file: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(PIECE);
  for (let at = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, PIECE, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Some lines at a time, with a breath between them: a project of 100,000 photos has millions. */
async function* linesOf(records: Iterable<unknown>): AsyncGenerator<Uint8Array> {
  let group: string[] = [];
  for (const record of records) {
    group.push(`${JSON.stringify(record)}\n`);
    if (group.length < GROUP) continue;
    yield Buffer.from(group.join(''));
    group = [];
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (group.length > 0) yield Buffer.from(group.join(''));
}

async function openArchive(path: string): Promise<ArchiveSource> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw fileProblem(error, 'read', path);
  }
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw archiveProblem('foreign', path, 'it is no file');
    const directory = await readDirectory(path, file, facts.size);
    const entries = await readManifest(path, file, directory);
    return sourceOf(path, file, facts.size, directory, entries);
  } catch (error) {
    await file.close();
    throw fileProblem(error, 'read', path);
  }
}

function sourceOf(
  path: string,
  file: FileHandle,
  bytes: number,
  directory: ReadonlyMap<string, ZipEntry>,
  entries: ReadonlyMap<string, ArchiveEntry>,
): ArchiveSource {
  /** Checked against the manifest; that is known when the last byte was given. */
  async function* bytesOf(name: string): AsyncGenerator<Uint8Array> {
    const [entry, listed] = [directory.get(name), entries.get(name)];
    if (entry === undefined || listed === undefined) throw archiveProblem('damaged', path, `"${name}" is not in it`);
    const hash = createHash('sha256');
    for await (const chunk of entryBytes(path, file, entry)) {
      hash.update(chunk);
      yield chunk;
    }
    if (hash.digest('hex') !== listed.sha256) {
      throw archiveProblem('damaged', path, `"${name}" has another SHA-256 than the manifest says`);
    }
  }

  /** Whether the entry's bytes lie there already. Throws `archive.in-the-way` where other bytes do. */
  async function isThere({ name, path: to }: ExtractedFile): Promise<boolean> {
    const there = await stat(to).catch(() => null);
    if (there === null) return false;
    const [own] = there.isFile() ? await hashFiles([to]) : [];
    if (own !== undefined && own.hash === entries.get(name)?.sha256) return true;
    throw new AppError(
      'archive.in-the-way',
      `"${to}" is there already and is not what "${path}" has for that place. It was left as it is, and the archive was not ` +
        'opened. Move that file to another folder, then open the archive again.',
      { data: { path, place: to } },
    );
  }

  return {
    path,
    bytes,
    entries,
    photos: new Map(
      [...entries.keys()].flatMap((name) => {
        const content = photoHash(name);
        return content === null ? [] : [[content, name]];
      }),
    ),
    json: async (name) => {
      if ((entries.get(name)?.bytes ?? 0) > LONGEST_JSON)
        throw archiveProblem('hostile', path, `"${name}" is too large`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of bytesOf(name)) chunks.push(chunk);
      return parsed(path, name, Buffer.concat(chunks).toString('utf8'));
    },
    lines: (name) => linesIn(path, name, bytesOf(name)),
    extract: async (files) => {
      for (const one of files) await isThere(one);
      for (const { name, path: to } of files) {
        // Once more: two of them may have one place.
        if (await isThere({ name, path: to })) continue;
        try {
          await makeFolder(dirname(to));
        } catch (error) {
          throw fileProblem(error, 'created', dirname(to));
        }
        await writeChunksAtomic(to, bytesOf(name));
      }
    },
    check: async ({ signal, onProgress }) => {
      const total = [...entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
      let done = 0;
      for (const name of entries.keys()) {
        for await (const chunk of bytesOf(name)) {
          if (signal?.aborted === true) throw cancelled('Reading the archive');
          done += chunk.byteLength;
          onProgress?.({ done, total });
        }
      }
    },
    close: () => file.close(),
  };
}

async function readManifest(
  path: string,
  file: FileHandle,
  directory: ReadonlyMap<string, ZipEntry>,
): Promise<ReadonlyMap<string, ArchiveEntry>> {
  const own = directory.get(MANIFEST);
  if (own === undefined || !directory.has(HEAD)) {
    throw archiveProblem('foreign', path, 'it is a zip file of something else');
  }
  const entries = new Map<string, ArchiveEntry>();
  for await (const group of linesIn(path, MANIFEST, entryBytes(path, file, own))) {
    for (const line of group) {
      const checked = manifestLine.safeParse(line);
      if (!checked.success) throw archiveProblem('damaged', path, 'its manifest has a line that is none');
      const { name, bytes, sha256 } = checked.data;
      if (directory.get(name)?.bytes !== bytes || name === MANIFEST || entries.has(name)) {
        throw archiveProblem('damaged', path, `its manifest and its directory differ in ${JSON.stringify(name)}`);
      }
      const content = namedContent(name);
      if (content !== null && content.hash !== sha256) {
        const named = `the ${content.what} ${content.hash.slice(0, 12)}`;
        throw archiveProblem('hostile', path, `${named} is named after another content`);
      }
      entries.set(name, { name, bytes, sha256 });
    }
  }
  if (entries.size !== directory.size - 1) throw archiveProblem('damaged', path, 'entries are missing in its manifest');
  return entries;
}

async function* linesIn(
  path: string,
  name: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly unknown[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest: string[] = [];
  let length = 0;
  let group: unknown[] = [];
  for await (const chunk of chunks) {
    const lines = decoded(path, name, decoder, chunk).split('\n');
    for (const [at, part] of lines.entries()) {
      rest.push(part);
      length += part.length;
      if (length > LONGEST_LINE) throw archiveProblem('hostile', path, `a line of "${name}" is too long`);
      if (at === lines.length - 1) break;
      group.push(parsed(path, name, rest.join('')));
      rest = [];
      length = 0;
      if (group.length < GROUP) continue;
      yield group;
      group = [];
    }
  }
  decoded(path, name, decoder, null);
  if (length > 0) throw archiveProblem('damaged', path, `"${name}" ends inside a line`);
  if (group.length > 0) yield group;
}

function decoded(
  path: string,
  name: string,
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Uint8Array | null,
): string {
  try {
    return chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (error) {
    throw archiveProblem('damaged', path, `"${name}" is not UTF-8`, error);
  }
}

function parsed(path: string, name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw archiveProblem('damaged', path, `"${name}" holds something that is no JSON`, error);
  }
}

/** Reserved on Windows; elsewhere they are names like others, but archives travel. */
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/** Parts have been checked to be names below a folder; here they become names that every system takes. */
async function placePhoto(
  folder: string,
  path: string,
  contentHash: string,
  taken: ReadonlySet<string>,
): Promise<{ readonly path: string; readonly there: boolean }> {
  const parts = path.split('/').map((part) => {
    const fitting = part.replaceAll(/[<>:"|?*\\]/g, '_').replace(/[. ]+$/, '_');
    // Names that begin with a dot are passed over by every scan for photos.
    return RESERVED.test(fitting) || fitting.startsWith('.') ? `_${fitting}` : fitting;
  });
  const name = parts.pop() ?? contentHash;
  const parent = join(folder, ...parts);
  try {
    await makeFolder(parent);
  } catch (error) {
    throw fileProblem(error, 'created', parent);
  }
  const dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length;
  for (let attempt = 1; ; attempt++) {
    const free = attempt === 1 ? name : `${name.slice(0, dot)} (${attempt})${name.slice(dot)}`;
    const place = join(parent, basename(free));
    const there = await stat(place).catch(() => null);
    if (there === null) return { path: place, there: false };
    if (!there.isFile() || taken.has(place)) continue;
    const [own] = await hashFiles([place]);
    if (own?.hash === contentHash) return { path: place, there: true };
  }
}
