/** The whole way from a terminal, with the real program, store, images and engine. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../harness/dtl.ts';
import { photoFolder } from '../harness/png.ts';
import { TINY_HEADS, writeTinyBackbone } from '../harness/tiny-backbone.ts';

const TIMEOUT = 120_000;

describe('from a folder of photos to predictions', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.create();
    await photoFolder(bench.path('photos'), { red: 10, green: 10, blue: 10 });
    await writeTinyBackbone(bench.path('tiny.safetensors'));
  });
  afterAll(() => bench.remove());

  it('imports in place, labels by folder and splits 60 / 20 / 20', { timeout: TIMEOUT }, async () => {
    expect(await bench.json('project', 'create', 'colours')).toMatchObject({ name: 'colours', labelRevision: 0 });
    // A relative path counts from where the person is, not from where npm changed to.
    expect(await bench.json('import', 'photos')).toMatchObject({ found: 30, added: 30, undecodable: [] });
    expect(await bench.json('import', 'photos')).toMatchObject({ added: 0, unchanged: 30 });
    expect(await bench.json('labels', 'import', '--folders')).toMatchObject({ changed: 30, revision: 30 });
    const split = await bench.json('split', '--seed', '3');
    expect(split).toMatchObject({ created: true, split: { counts: { train: 18, validation: 6, test: 6 } } });
    expect(await bench.json('split', '--seed', '3')).toMatchObject({ created: false });
    expect(await bench.json('project', 'show')).toMatchObject({
      photos: { ok: 30, missing: 0, undecodable: 0 },
      classes: [
        { name: 'blue', photos: 10 },
        { name: 'green', photos: 10 },
        { name: 'red', photos: 10 },
      ],
    });
  });

  it(
    'trains on an imported backbone, and keeps settings, origin, metrics and confusion',
    { timeout: TIMEOUT },
    async () => {
      const sweep = ['sweep', 'run', '--learning-rates', '1e-3,3e-3', '--seeds', '0,1', '--epochs', '1'];
      expect(await bench.json(...sweep, '--dry-run')).toMatchObject({
        runs: 4,
        preview: { photos: { train: 18, validation: 6, test: 6 }, recipe: { learningRate: 1e-3 }, problems: [] },
      });
      expect(await bench.json('runs', 'list')).toEqual([]);
      const imported = await bench.json(
        'backbone',
        'import',
        'tiny.safetensors',
        '--name',
        'tiny',
        '--heads',
        String(TINY_HEADS),
      );
      expect(imported).toMatchObject({ backbone: { name: 'tiny', spec: { depth: 4, width: 16, heads: 2 } } });
      const eight = ['train', '--backbone', 'tiny', '--device', 'cpu', '--weights', 'int8', '--dry-run'];
      expect(await bench.json(...eight)).toMatchObject({ weights: 'int8', problems: [] });
      expect((await bench.run(...eight)).stdout).toMatch(
        /\nBackbone in 8 bits\. A copy of it takes .* of the disk while it trains\.\n/,
      );
      const trained = await bench.json(
        'train',
        '--backbone',
        'tiny',
        '--epochs',
        '4',
        '--seed',
        '7',
        '--kernel',
        '3',
        '--adapt',
        '1-3',
      );
      expect(trained).toMatchObject({
        photos: { train: 18, validation: 6, test: 6 },
        run: {
          state: 'finished',
          config: { seed: 7, recipe: { epochs: 4 }, method: { kernel: 3, adapt: [1, 2, 3], extract: [0, 1, 2, 3] } },
        },
      });
      const shown = await bench.json('runs', 'show');
      expect(shown).toMatchObject({
        run: { number: 1, provenance: { labelRevision: 30 }, result: { sideParameters: 4 * 2 * 2 * 16 + 9 * 16 } },
        backbone: { name: 'tiny' },
      });
      const { metrics, test, run } = shown as {
        metrics: { epoch: number; trainLoss: number | null }[];
        test: { confusion: number[][]; evaluation: { accuracy: number } };
        run: { result: { probe: { validation: { accuracy: number } } } };
      };
      expect(metrics.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
      // Step 0 is the linear probe.
      expect(metrics[0]).toMatchObject({
        trainLoss: null,
        validation: { accuracy: run.result.probe.validation.accuracy },
      });
      const diagonal = test.confusion.reduce((sum, row, at) => sum + (row[at] ?? 0), 0);
      expect(test.confusion.flat().reduce((a, b) => a + b, 0)).toBe(6);
      expect(test.evaluation.accuracy).toBeCloseTo(diagonal / 6, 12);
      const text = (await bench.run('runs', 'show', '1')).stdout;
      for (const part of ['dtl+', 'label revision 30', 'epoch', 'test: label \\ prediction', 'linear probe'])
        expect(text).toContain(part);
      expect(text).toMatch(/peak memory .* were forecast/);
      expect((await bench.run('runs', 'list')).stdout).toMatch(/1 {2}run 1 {2}finished/);
    },
  );

  it(
    'exports a pack that another profile verifies, refuses without its backbone, and uses with it',
    { timeout: TIMEOUT },
    async () => {
      const exported = await bench.json('pack', 'export', '--out', 'colours.safetensors');
      expect(exported).toMatchObject({ path: bench.path('colours.safetensors'), pack: { state: 'verified' } });
      const here = await bench.json('predict', '--pack', 'colours.safetensors', 'photos');
      const onnx = await bench.json('export', 'onnx', '--pack', 'colours.safetensors', '--out', 'colours.onnx');
      expect(onnx).toMatchObject({ path: bench.path('colours.onnx'), backboneName: 'tiny' });

      const other = ['--home', bench.path('other')];
      const kept = await bench.json('pack', 'import', 'colours.safetensors', ...other);
      expect(kept).toMatchObject({ verified: false, pack: { state: 'not-verified', name: 'colours' } });
      expect(await bench.failure('predict', '--pack', 'colours', 'photos', ...other)).toMatchObject({
        exit: 1,
        error: { code: 'packs.not-verified', message: expect.stringContaining('"tiny"') as string },
      });
      expect((await bench.run('pack', 'verify', 'colours', ...other)).code).toBe(1);
      const backbone = await bench.json(
        'backbone',
        'import',
        'tiny.safetensors',
        '--name',
        'tiny',
        '--heads',
        '2',
        ...other,
      );
      expect(backbone).toMatchObject({ packs: [{ pack: { state: 'verified' }, problem: null }] });
      const there = await bench.json('predict', '--pack', 'colours', 'photos', ...other);
      expect((there as { photos: unknown }).photos).toEqual((here as { photos: unknown }).photos);
      expect(await bench.json('pack', 'verify', 'colours.safetensors', ...other)).toMatchObject({ verified: true });
    },
  );

  it(
    'writes predictions as CSV, to stdout and to a file, and names a photo that cannot be read',
    { timeout: TIMEOUT },
    async () => {
      await writeFile(bench.path('broken.png'), 'not a photo');
      const { code, stdout, stderr } = await bench.run('predict', 'photos/red/0.png', 'broken.png', 'photos/green');
      expect(code).toBe(0);
      const lines = stdout.trimEnd().split(/\r?\n/);
      expect(lines[0]).toBe('file_name,label,confidence,p_blue,p_green,p_red');
      expect(lines).toHaveLength(12);
      const [file, label, confidence, ...chances] = (lines[1] ?? '').split(',');
      expect(file).toBe('photos/red/0.png');
      expect(['red', 'green', 'blue']).toContain(label);
      const numbers = chances.map(Number);
      expect(Math.max(...numbers)).toBe(Number(confidence));
      expect(numbers.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
      expect(stderr).toContain('broken.png');
      expect((await bench.run('predict', 'photos', '--out', 'all.csv')).code).toBe(0);
      expect((await readFile(bench.path('all.csv'), 'utf8')).trimEnd().split(/\r?\n/)).toHaveLength(31);
    },
  );

  it('finds moved photos by content and keeps their labels', { timeout: TIMEOUT }, async () => {
    await rename(bench.path('photos', 'red', '0.png'), bench.path('photos', 'moved.png'));
    // Two files that exchange their names exchange their paths, and keep their labels.
    await rename(bench.path('photos', 'red', '1.png'), bench.path('swap'));
    await rename(bench.path('photos', 'green', '1.png'), bench.path('photos', 'red', '1.png'));
    await rename(bench.path('swap'), bench.path('photos', 'green', '1.png'));
    await rm(bench.path('photos', 'blue', '9.png'));
    expect(await bench.json('import', 'photos')).toMatchObject({ added: 0, changed: 0, moved: 3, missing: 1 });
    const rows = (await bench.json('labels', 'export')) as { file_name: string; label: string }[];
    expect(rows.find(({ file_name }) => file_name === 'moved.png')).toMatchObject({ label: 'red' });
    expect(rows.find(({ file_name }) => file_name === 'red/1.png')).toMatchObject({ label: 'green' });
    expect(rows.find(({ file_name }) => file_name === 'green/1.png')).toMatchObject({ label: 'red' });
    expect(rows.find(({ file_name }) => file_name === 'blue/9.png')).toMatchObject({ label: 'blue' });
  });

  it('reads back the labels that it exported, with groups and a split of the table', { timeout: TIMEOUT }, async () => {
    expect((await bench.run('labels', 'export', '--out', 'labels.csv')).code).toBe(0);
    expect(await bench.json('labels', 'import', 'labels.csv')).toMatchObject({ changed: 0, rows: 30, skipped: [] });
    // A folder stands for its folder names, and for its metadata file once it has one.
    // The two that exchanged their paths lie in each other's class folder now, and keep what somebody had said of them.
    expect(await bench.json('labels', 'import', 'photos')).toMatchObject({ changed: 0, kept: 2 });
    await writeFile(bench.path('photos', 'metadata.jsonl'), '{"file_name": "red/2.png", "label": "scarlet"}\n');
    expect(await bench.json('labels', 'import', 'photos')).toMatchObject({ rows: 1, newClasses: ['scarlet'] });
    const lines = [
      'file_name,label,split,group',
      ...[2, 3, 4, 5].flatMap((n) => [
        `red/${n}.png,warm,train,a`,
        `green/${n}.png,cold,${n < 4 ? 'train' : 'test'},b`,
      ]),
    ];
    await writeFile(bench.path('table.csv'), lines.join('\n'));
    const report = await bench.json('labels', 'import', 'table.csv');
    expect(report).toMatchObject({
      changed: 8,
      newClasses: ['warm', 'cold'],
      groups: 2,
      split: { split: { drawn: null, counts: { train: 6, test: 2 } } },
    });
    // Group b lies on both sides in the table: kept, and said.
    expect((report as { split: { warnings: string[] } }).split.warnings[0]).toContain('several sides');
    const drawn = (await bench.json('split')) as { nearIdentical: number };
    expect(drawn.nearIdentical).toBe(8);
  });
});

describe('the backbone that comes with the program', () => {
  it('trains and predicts with no download and no settings', { timeout: 300_000 }, async () => {
    const bench = await Bench.create();
    try {
      await photoFolder(bench.path('photos'), { red: 5, green: 5 });
      await bench.json('project', 'create', 'two');
      await bench.json('import', 'photos');
      await bench.json('labels', 'import', '--folders');
      const trained = await bench.json('train', '--epochs', '1');
      expect(trained).toMatchObject({ split: { created: true }, run: { state: 'finished' } });
      await bench.json('pack', 'export');
      const { photos } = (await bench.json('predict', 'photos')) as { photos: { name: string; label: string }[] };
      expect(photos).toHaveLength(10);
      // Colours are easy: the probe alone tells them apart.
      expect(photos.filter(({ name, label }) => name.startsWith(label))).toHaveLength(10);
    } finally {
      await bench.remove();
    }
  });
});
