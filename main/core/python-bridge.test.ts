/** The script of docs/python.md on packs that were just trained, where a Python with PyTorch is at hand. */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpoint, float32, narrowed, vitTensors } from '../files/testing/checkpoints.ts';
import type { Core } from './open-core.ts';
import { openCore } from './open-core.ts';
import { renderSamplePhotos } from './samples.ts';
import type { TrainRequest } from './use-cases.ts';

const script = fileURLToPath(new URL('../../docs/examples/apply_pack.py', import.meta.url));
const pythons = [process.env['DTL_PYTHON'], 'python3', '/usr/bin/python3'].flatMap((one) => one ?? []);
const python = pythons.find((one) => spawnSync(one, ['-c', 'import torch, numpy']).status === 0) ?? null;
if (python === null) {
  process.stderr.write('skipped: the Python bridge (no Python with PyTorch; DTL_PYTHON names one that has it)\n');
}

/** Python's start and the import of PyTorch, on a machine that does other things too. */
const TIMEOUT = 240_000;

describe.skipIf(python === null)('the script of docs/python.md', { timeout: TIMEOUT }, () => {
  let folder = '';
  let core: Core;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dtl-python-'));
    core = await openCore({ home: join(folder, 'home'), what: 'a test', access: 'write' });
    await renderSamplePhotos(join(folder, 'photos'), { seed: 0, perClass: 6, size: 32, classes: 2 });
    const project = core.projects.create('p');
    await core.library.import(project, join(folder, 'photos'));
    core.labels.fromFolders(project, { folder: null, overwrite: false });
  }, TIMEOUT);

  afterAll(async () => {
    core.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function packOf(name: string, file: Uint8Array, changes: Pick<TrainRequest, 'method' | 'methodSettings'>) {
    const backbone = join(folder, `${name}.safetensors`);
    await writeFile(backbone, file);
    const imported = await core.backbones.import(backbone, { name });
    const project = core.projects.resolve('p');
    const { run } = await core.runs.prepare(project, {
      split: null,
      backbone: imported.backbone.identity,
      recipe: 'default',
      recipeChanges: { epochs: 3, learningRate: 0.02 },
      device: null,
      plan: { threads: 1 },
      seed: 5,
      fit: 'squash',
      sixteenBit: 'full-range',
      name: null,
      note: '',
      ...changes,
    });
    await core.runs.execute(run);
    const pack = join(folder, `${name}-pack.safetensors`);
    await core.packs.export(core.runs.resolve(project, String(run.id)), pack);
    return { backbone, pack };
  }

  function replay(backbone: string, pack: string) {
    const { status, stdout, stderr } = spawnSync(python ?? '', [script, backbone, pack], { encoding: 'utf8' });
    const error = Number(/differ by (\S+) /.exec(stdout)?.[1]);
    return { status, stderr, error };
  }

  it('gives the logits that the program wrote into the pack, with a kernel of even side', async () => {
    const { backbone, pack } = await packOf('tiny', checkpoint(), { method: 'dtl+', methodSettings: { kernel: 4 } });
    const { status, stderr, error } = replay(backbone, pack);
    expect([status, stderr]).toEqual([0, '']);
    expect(error).toBeLessThanOrEqual(1e-5);
  });

  it('does so without a convolution, on weights in half precision', async () => {
    const halves = vitTensors().map((tensor) => narrowed(tensor, tensor.name.includes('mlp') ? 'bfloat16' : 'float16'));
    const { backbone, pack } = await packOf('half', checkpoint(halves), { method: 'dtl', methodSettings: {} });
    const { status, stderr, error } = replay(backbone, pack);
    expect([status, stderr]).toEqual([0, '']);
    expect(error).toBeLessThanOrEqual(1e-5);
  });

  it('says so where the backbone is another one', async () => {
    const { pack } = await packOf('right', checkpoint(), { method: 'dtl+', methodSettings: { kernel: 3 } });
    const other = join(folder, 'other.safetensors');
    const tensors = vitTensors().map((tensor) =>
      tensor.name === 'pos_embed' ? float32(tensor.name, tensor.shape, (at) => (at % 5) / 4) : tensor,
    );
    await writeFile(other, checkpoint(tensors));
    const { status, error } = replay(other, pack);
    expect(status).toBe(1);
    expect(error).toBeGreaterThan(1e-3);
  });
});
