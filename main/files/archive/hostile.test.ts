/** Archives that no program of ours wrote, and what becomes of them: words, and nothing taken. */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { archiveFiles } from './archive-files.ts';
import { isAllowedName } from './names.ts';
import { ZipWriter } from './zip-writer.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'dtl-hostile-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

/** A zip with these entries and a manifest that is right about them. */
async function zipOf(
  entries: readonly (readonly [name: string, content: string | Buffer])[],
  deflate = false,
): Promise<string> {
  const path = join(folder(), 'hostile.dtlproject');
  const manifest = entries.map(([name, content]) => {
    const bytes = Buffer.from(content);
    return JSON.stringify({ name, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  });
  await using file = await open(path, 'w');
  const zip = new ZipWriter(file);
  for (const [name, content] of entries) await zip.add(name, one(Buffer.from(content)), { deflate });
  await zip.add('manifest.jsonl', one(Buffer.from(`${manifest.join('\n')}\n`)), { deflate });
  await zip.end();
  return path;
}

const head = ['project.json', '{}'] as const;
const opened = async (path: string): Promise<void> => (await archiveFiles.open(path)).close();

describe('the names of an archive', () => {
  it.each([
    '../photos.jsonl',
    '/etc/passwd',
    'C:/photos.jsonl',
    'photos\\..\\x.jsonl',
    'runs/../../x/weights.safetensors',
    'runs/0/weights.safetensors',
    'packs/x.safetensors',
    `photos/ab/${'cd'.repeat(32)}.jpg`,
    `photos/ab/ab${'0'.repeat(62)}.`,
    'photos.jsonl/',
    '__proto__',
    'photos.jsonl\u0000',
  ])('are ours, so %j is refused', async (name) => {
    await expect(opened(await zipOf([head, [name, 'x']]))).rejects.toMatchObject({
      kind: 'expected',
      code: /^archive\./,
    });
  });

  it('never lead out of a folder, whatever text is tried', () => {
    const parts = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      'photos',
      'runs',
      'ab',
      'C:',
      '1',
      'weights.safetensors',
      '\u0000',
      'a.jsonl',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(parts).map((some) => some.join('')),
          fc.array(parts).map((some) => some.join('/')),
        ),
        (name) => {
          if (!isAllowedName(name)) return;
          expect(name).toMatch(/^[A-Za-z0-9/.-]+$/);
          expect(name.split('/')).not.toContain('..');
          expect(name.startsWith('/')).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('come once', async () => {
    await expect(opened(await zipOf([head, ['photos.jsonl', ''], ['photos.jsonl', '']]))).rejects.toMatchObject({
      code: 'archive.hostile',
    });
  });
});

describe('an archive', () => {
  it('that unpacks to far more than it has is refused before anything is unpacked', async () => {
    await expect(opened(await zipOf([head, ['photos.jsonl', Buffer.alloc(64 << 20)]], true))).rejects.toMatchObject({
      code: 'archive.hostile',
    });
  });

  it('whose photo is named after another content is refused', async () => {
    const name = `photos/ab/ab${'0'.repeat(62)}.jpg`;
    await expect(opened(await zipOf([head, [name, 'no such content']]))).rejects.toMatchObject({
      code: 'archive.hostile',
    });
  });

  it('whose pack is named after another content is refused: it would lie where the real one does', async () => {
    const name = `packs/${createHash('sha256').update('the real one').digest('hex')}.safetensors`;
    await expect(opened(await zipOf([head, [name, 'another one']]))).rejects.toMatchObject({
      code: 'archive.hostile',
      message: expect.stringContaining('pack') as unknown,
    });
    await opened(await zipOf([head, [name, 'the real one']]));
  });

  it('with a link in it is refused', async () => {
    const path = await zipOf([head, ['photos.jsonl', '/etc/passwd']]);
    const bytes = readFileSync(path);
    const record = bytes.indexOf('PK\u0001\u0002', bytes.indexOf('PK\u0001\u0002', 0, 'latin1') + 4, 'latin1');
    bytes.writeUInt32LE((0o120777 << 16) >>> 0, record + 38);
    writeFileSync(path, bytes);
    await expect(opened(path)).rejects.toMatchObject({
      code: 'archive.hostile',
      message: expect.stringContaining('link') as unknown,
    });
  });

  it('with lines without end, of no JSON or of no UTF-8 is refused, and the prototype of nothing is changed', async () => {
    const linesOf = async (content: string | Buffer): Promise<unknown[]> => {
      const source = await archiveFiles.open(await zipOf([head, ['photos.jsonl', content]]));
      try {
        const all: unknown[] = [];
        for await (const group of source.lines('photos.jsonl')) all.push(...group);
        return all;
      } finally {
        await source.close();
      }
    };
    await expect(linesOf('x'.repeat(17 << 20))).rejects.toMatchObject({ code: 'archive.hostile' });
    await expect(linesOf('{"a":\n')).rejects.toMatchObject({ code: 'archive.damaged' });
    await expect(linesOf('{"a":1}')).rejects.toMatchObject({ code: 'archive.damaged' });
    await expect(linesOf(Buffer.from([0xff, 0xfe, 0x0a]))).rejects.toMatchObject({ code: 'archive.damaged' });
    await linesOf('{"__proto__":{"polluted":true}}\n');
    expect('polluted' in {}).toBe(false);
  });

  it('that lists what it has not, or has what it does not list, is refused', async () => {
    const path = join(folder(), 'x.dtlproject');
    await using file = await open(path, 'w');
    const zip = new ZipWriter(file);
    await zip.add('project.json', one(Buffer.from('{}')), { deflate: false });
    await zip.add('manifest.jsonl', one(Buffer.from('')), { deflate: false });
    await zip.end();
    await expect(opened(path)).rejects.toMatchObject({ code: 'archive.damaged' });
  });

  it.each([
    ['is no zip file', 'something else'],
    ['is empty', ''],
  ])('that %s is told from one that is damaged', async (_what, content) => {
    const path = join(folder(), 'x');
    writeFileSync(path, content);
    await expect(opened(path)).rejects.toMatchObject({ code: 'archive.foreign' });
  });
});

describe('a file that is taken out', () => {
  const names = ['runs/1/weights.safetensors', 'runs/1/checkpoint.safetensors'] as const;

  it('never takes the place of another, and then no other file is taken out either', async () => {
    const source = await archiveFiles.open(await zipOf([head, [names[0], 'one'], [names[1], 'two']]));
    onTestFinished(() => source.close());
    const to = folder();
    const files = names.map((name, at) => ({ name, path: join(to, `${at}`) }));
    writeFileSync(join(to, '1'), 'mine');
    await expect(source.extract(files)).rejects.toMatchObject({ kind: 'expected', code: 'archive.in-the-way' });
    expect(readdirSync(to)).toEqual(['1']);
    expect(readFileSync(join(to, '1'), 'utf8')).toBe('mine');
    // The very bytes are left alone: nobody needs to be able to write them.
    writeFileSync(join(to, '1'), 'two');
    const { ino } = statSync(join(to, '1'));
    await source.extract(files);
    expect(statSync(join(to, '1')).ino).toBe(ino);
    expect(readFileSync(join(to, '0'), 'utf8')).toBe('one');
    // Nor does one of them take the place of another one of them.
    const both = names.map((name) => ({ name, path: join(to, 'both') }));
    await expect(source.extract(both)).rejects.toMatchObject({ code: 'archive.in-the-way' });
    expect(readFileSync(join(to, 'both'), 'utf8')).toBe('one');
  });
});

describe('a photo that is put into a folder', () => {
  it('stays below it, never takes the place of another file, and has a name for every system', async () => {
    const to = folder();
    const taken = new Set<string>();
    const put = async (path: string): Promise<string> => {
      const { path: place } = await archiveFiles.placeFor(to, path, 'f'.repeat(64), taken);
      taken.add(place);
      writeFileSync(place, path);
      return place.slice(to.length + 1);
    };
    expect(await put('a/b.jpg')).toBe(join('a', 'b.jpg'));
    expect(await put('a/b.jpg')).toBe(join('a', 'b (2).jpg'));
    expect(await put('con.jpg')).toBe('_con.jpg');
    expect(await put('.hidden/x.jpg')).toBe(join('_.hidden', 'x.jpg'));
    expect(await put('a:b?.jpg')).toBe('a_b_.jpg');
    expect(await put('dots. /x.jpg')).toBe(join('dots_', 'x.jpg'));
    expect(readdirSync(to).sort()).toEqual(['_.hidden', '_con.jpg', 'a', 'a_b_.jpg', 'dots_']);
  });

  it('is the file that lies there, where that has its content', async () => {
    const to = folder();
    mkdirSync(join(to, 'a'));
    writeFileSync(join(to, 'a', 'b.jpg'), 'bytes');
    const hash = createHash('sha256').update('bytes').digest('hex');
    expect(await archiveFiles.placeFor(to, 'a/b.jpg', hash, new Set())).toEqual({
      path: join(to, 'a', 'b.jpg'),
      there: true,
    });
  });

  it('does not follow a link that lies in its place to another file', async () => {
    const to = folder();
    const outside = join(folder(), 'outside');
    writeFileSync(outside, 'mine');
    symlinkSync(outside, join(to, 'b.jpg'));
    const { path } = await archiveFiles.placeFor(to, 'b.jpg', 'f'.repeat(64), new Set());
    expect(path).toBe(join(to, 'b (2).jpg'));
  });
});
