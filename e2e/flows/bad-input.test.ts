/** What people do by accident: each a clear error that names the thing, and nothing stored is lost. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../harness/dtl.ts';
import { photoFolder } from '../harness/png.ts';
import { TINY, TINY_HEADS, tinyTensors, writeSafetensors, writeTinyBackbone } from '../harness/tiny-backbone.ts';

const TIMEOUT = 120_000;
let bench: Bench;

beforeEach(async () => {
  bench = await Bench.create();
  await bench.json('project', 'create', 'p');
}, TIMEOUT);

afterEach(() => bench.remove());

async function labelled(counts: Readonly<Record<string, number>>): Promise<void> {
  await photoFolder(bench.path('photos'), counts);
  await bench.json('import', 'photos');
  await bench.json('labels', 'import', '--folders');
}

async function withTinyBackbone(): Promise<void> {
  await writeTinyBackbone(bench.path('tiny.safetensors'));
  await bench.json('backbone', 'import', 'tiny.safetensors', '--name', 'tiny', '--heads', String(TINY_HEADS));
}

const saying = (...parts: readonly string[]): unknown =>
  expect.objectContaining({ message: expect.stringMatching(new RegExp(parts.join('[^]*'))) as string });

describe('folders', () => {
  it('names an empty folder and what is in it instead of photos', { timeout: TIMEOUT }, async () => {
    await mkdir(bench.path('empty'));
    await writeFile(bench.path('empty', 'notes.txt'), 'hello');
    const { exit, error } = await bench.failure('import', 'empty');
    expect(exit).toBe(1);
    expect(error).toMatchObject({ code: 'photos.folder-empty' });
    expect(error).toEqual(saying('empty', 'only 1 file that is no photo'));
    expect((await bench.failure('import', 'nowhere')).error).toMatchObject({ code: 'photos.folder-missing' });
  });

  it('lists files that are no photos, with the reason, and goes on', { timeout: TIMEOUT }, async () => {
    await photoFolder(bench.path('photos'), { red: 3 });
    await truncate(bench.path('photos', 'red', '1.png'), 200);
    await writeFile(
      bench.path('photos', 'red', 'phone.heic'),
      Buffer.from('0000001c6674797068656963000000006d696631', 'hex'),
    );
    const report = await bench.json('import', 'photos');
    expect(report).toMatchObject({ added: 4 });
    const { undecodable } = report as { undecodable: { path: string; reason: string }[] };
    expect(undecodable.map(({ path }) => path.split('/').at(-1)).sort()).toEqual(['1.png', 'phone.heic']);
    expect(undecodable.find(({ path }) => path.endsWith('heic'))?.reason).toMatch(/HEIC/);
    expect(await bench.json('project', 'show')).toMatchObject({ photos: { ok: 2, undecodable: 2 } });
  });

  it.skipIf(process.platform === 'win32')(
    'sends no control characters of names to the terminal, and exact names to programs',
    { timeout: TIMEOUT },
    async () => {
      await photoFolder(bench.path('photos'), { red: 1, 'evil\u001b[2J': 1 });
      await writeFile(bench.path('photos', 'red', '\u001b]0;title\u0007\n.jpg'), 'no photo');
      const { code, stdout, stderr } = await bench.run('import', 'photos');
      expect(code).toBe(0);
      expect(`${stdout}${stderr}`).not.toMatch(/[\u0007\u001b]/);
      expect(stdout).toContain('\\u001b]0;title\\u0007\\n.jpg');
      expect(stdout).toContain('evil\\u001b[2J (1)');
      await bench.json('labels', 'import', '--folders');
      expect((await bench.run('labels', 'export')).stdout).toContain('"red/\u001b]0;title\u0007\n.jpg",red,,');
    },
  );

  it.skipIf(process.getuid?.() === 0)('names a file that may not be read', { timeout: TIMEOUT }, async () => {
    await photoFolder(bench.path('photos'), { red: 2 });
    await chmod(bench.path('photos', 'red', '1.png'), 0);
    expect(await bench.json('import', 'photos')).toMatchObject({
      added: 1,
      unreadable: [{ path: bench.path('photos', 'red', '1.png') }],
    });
  });
});

describe('labels', () => {
  it(
    'refuses a table that names a file the project does not have, and changes nothing',
    { timeout: TIMEOUT },
    async () => {
      await labelled({ red: 3, green: 3 });
      await writeFile(bench.path('labels.csv'), 'file_name,label\nred/0.png,other\nred/9.png,other\n');
      const { exit, error } = await bench.failure('labels', 'import', 'labels.csv');
      expect(exit).toBe(1);
      expect(error).toMatchObject({ code: 'labels.unknown-files', data: { files: ['red/9.png'], lines: ['3'] } });
      expect(error).toEqual(saying('red/9.png', 'line 3', 'No label was changed'));
      expect(await bench.json('project', 'show')).toMatchObject({ project: { labelRevision: 6 }, unlabelled: 0 });
      expect(await bench.json('labels', 'import', 'labels.csv', '--skip-missing')).toMatchObject({
        changed: 1,
        skipped: [{ line: 3, fileName: 'red/9.png' }],
      });
    },
  );

  it('refuses two answers for one photo under two names', { timeout: TIMEOUT }, async () => {
    await labelled({ red: 2, green: 2 });
    await writeFile(bench.path('labels.csv'), 'file_name,label\nred/0.png,a\n./red/0.png,b\n');
    expect((await bench.failure('labels', 'import', 'labels.csv')).error).toMatchObject({ code: 'labels.conflict' });
  });
});

describe('training', () => {
  it.each([
    [{ red: 6 }, 'train.one-class', ['one class', 'red']],
    [{ red: 1, green: 1 }, 'train.one-photo-a-class', ['one labelled photo', 'Label at least three']],
  ] as const)('says why it cannot learn from %o', { timeout: TIMEOUT }, async (counts, code, parts) => {
    await labelled(counts);
    const { exit, error } = await bench.failure('train');
    expect(exit).toBe(1);
    expect(error).toMatchObject({ code });
    expect(error).toEqual(saying(...parts));
    expect(await bench.json('runs', 'list')).toEqual([]);
  });

  it('says that there are no labels yet, and that a method cannot be built', { timeout: TIMEOUT }, async () => {
    await photoFolder(bench.path('photos'), { red: 4, green: 4 });
    await bench.json('import', 'photos');
    expect((await bench.failure('train')).error).toMatchObject({ code: 'splits.no-labels' });
    await bench.json('labels', 'import', '--folders');
    const { error } = await bench.failure('train', '--adapt', '6-12');
    expect(error).toMatchObject({ code: 'method.settings' });
    expect(error).toEqual(saying('block 12', '0 to 11'));
  });

  it(
    'lists photos that have gone, trains on the others, and fails only where none is left',
    { timeout: TIMEOUT },
    async () => {
      await labelled({ red: 8, green: 8 });
      await withTinyBackbone();
      await bench.json('split');
      await rm(bench.path('photos', 'red', '0.png'));
      await writeFile(bench.path('photos', 'red', '2.png'), 'replaced');
      const trained = await bench.json('train', '--backbone', 'tiny', '--epochs', '2');
      const { leftOut } = trained as { leftOut: { path: string; reason: string }[] };
      expect(leftOut.map(({ path }) => path.split('/').at(-1)).sort()).toEqual(['0.png', '2.png']);
      expect(leftOut.find(({ path }) => path.endsWith('2.png'))?.reason).toContain('changed');

      await rename(bench.path('photos'), bench.path('away'));
      const { exit, error } = await bench.failure('train', '--backbone', 'tiny', '--epochs', '2');
      expect(exit).toBe(1);
      expect(error).toMatchObject({ code: 'train.no-photos' });
      expect(await bench.json('runs', 'list')).toMatchObject([
        { number: 2, state: 'failed', error: { code: 'train.no-photos' } },
        { number: 1, state: 'finished' },
      ]);
      // The folder is back: the same run goes on.
      await rename(bench.path('away'), bench.path('photos'));
      expect(await bench.json('runs', 'resume', '2')).toMatchObject({ run: { state: 'finished' } });
    },
  );
});

describe('backbones', () => {
  it('refuses a truncated file and one with NaN, naming the place', { timeout: TIMEOUT }, async () => {
    await writeTinyBackbone(bench.path('short.safetensors'));
    const { length } = await readFile(bench.path('short.safetensors'));
    await truncate(bench.path('short.safetensors'), length - 100);
    const truncated = await bench.failure('backbone', 'import', 'short.safetensors', '--heads', '2');
    expect(truncated).toMatchObject({ exit: 1, error: { code: 'backbone.damaged' } });
    expect(truncated.error).toEqual(saying('short.safetensors'));

    const tensors = tinyTensors(TINY);
    tensors.get('blocks.1.mlp.fc1.weight')?.values.fill(NaN, 5, 6);
    await writeSafetensors(bench.path('nan.safetensors'), tensors);
    const notFinite = await bench.failure('backbone', 'import', 'nan.safetensors', '--heads', '2');
    expect(notFinite).toMatchObject({ exit: 1, error: { code: 'backbone.not-finite' } });
    expect(notFinite.error).toEqual(saying('blocks.1.mlp.fc1.weight'));
    expect((await bench.failure('backbone', 'import', 'none.safetensors')).error).toMatchObject({
      code: 'files.missing',
    });
    expect(await bench.json('backbone', 'list')).toHaveLength(1);
  });
});

describe('packs', () => {
  it('refuses a changed tensor, a pack for another backbone, and what is no pack', { timeout: TIMEOUT }, async () => {
    await labelled({ red: 5, green: 5 });
    await withTinyBackbone();
    await bench.json('train', '--backbone', 'tiny', '--epochs', '1');
    await bench.json('pack', 'export', '--out', 'good.safetensors');
    const bytes = await readFile(bench.path('good.safetensors'));
    // The last values are the head's: one of them becomes another number.
    bytes.writeFloatLE(bytes.readFloatLE(bytes.length - 4) + 5, bytes.length - 4);
    await writeFile(bench.path('changed.safetensors'), bytes);
    expect((await bench.failure('pack', 'import', 'changed.safetensors')).error).toMatchObject({
      code: 'pack.self-test-failed',
    });
    expect((await bench.failure('predict', '--pack', 'changed.safetensors', 'photos')).error).toMatchObject({
      code: 'pack.self-test-failed',
    });
    const other = await bench.failure('pack', 'verify', 'good.safetensors', '--backbone', 'vit_tiny_patch16_224');
    expect(other).toMatchObject({ exit: 1, error: { code: 'pack.other-backbone' } });
    expect(other.error).toEqual(saying('a width of 16', 'has 192'));
    await writeFile(bench.path('text.safetensors'), 'hello');
    expect((await bench.failure('pack', 'verify', 'text.safetensors')).exit).toBe(1);
    expect(await bench.json('pack', 'show')).toHaveLength(1);
  });
});

describe('a disk that takes no more', () => {
  // The shell's limit on the size of files stands in for a full disk: writing fails in the middle, as it does there.
  it.skipIf(process.platform === 'win32')(
    'fails with the reason, and everything stored before is there',
    { timeout: TIMEOUT },
    async () => {
      await labelled({ red: 6, green: 6 });
      await withTinyBackbone();
      await bench.json('train', '--backbone', 'tiny', '--epochs', '1');
      const { code, stdout } = await limited('pack', 'export', '--out', 'pack.safetensors', '--json');
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ error: { kind: 'expected' } });
      expect(await bench.json('runs', 'list')).toMatchObject([{ state: 'finished' }]);
      expect(await bench.json('pack', 'export', '--out', 'pack.safetensors')).toMatchObject({
        pack: { state: 'verified' },
      });
    },
  );

  function limited(...args: readonly string[]): Promise<{ code: number | null; stdout: string }> {
    const dtl = fileURLToPath(new URL('../../main/cli/dtl.ts', import.meta.url));
    // 4 blocks of 512 bytes (1,024 in some shells): less than any pack.
    const child = spawn('sh', ['-c', 'ulimit -f 4; exec "$@"', 'sh', process.execPath, dtl, ...args], {
      env: { ...process.env, INIT_CWD: bench.folder, DTL_STUDIO_HOME: bench.path('home') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return new Promise((resolve, reject) => {
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout }));
    });
  }
});
