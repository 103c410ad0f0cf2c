import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineEvent, TrainJob } from '#app/contract/engine.ts';
import { AppError } from '#app/domain/errors.ts';
import { renderSamplePhotos } from '../images/sample-photos.ts';
import { dtlPlus, tinyBackbone } from '#native-models/testing/tiny-network.ts';
import type { TinyBackbone } from '#native-models/testing/tiny-network.ts';
import { trainJob } from './jobs/train.ts';
import { createEngine } from './supervisor.ts';

let directory: string;
let backbone: TinyBackbone;
let job: TrainJob;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dtl-supervisor-'));
  backbone = await tinyBackbone('test_vit_6x16');
  const photos = join(directory, 'photos');
  const classNames = (await renderSamplePhotos(photos, { seed: 1, perClass: 4, size: 64 })).slice(0, 2);
  const samples: TrainJob['samples'][number][] = [];
  const subsets = ['train', 'train', 'validation', 'test'] as const;
  for (const [label, name] of classNames.entries()) {
    const files = (await readdir(join(photos, name))).sort();
    for (const [index, file] of files.entries()) {
      const path = join(photos, name, file);
      samples.push({
        id: samples.length + 1,
        path,
        label,
        subset: subsets[index % 4]!,
        bytes: (await stat(path)).size,
        contentHash: hash('sha256', await readFile(path)),
      });
    }
  }
  job = {
    kind: 'train',
    directory: join(directory, 'run'),
    backbone: { path: backbone.path, tensorPrefix: '', spec: backbone.spec },
    preprocessing: {
      imageSize: backbone.spec.imageSize,
      fit: 'squash',
      interpolation: 'bicubic',
      sixteenBit: { kind: 'full-range' },
      mean: [0.5, 0.5, 0.5],
      std: [0.5, 0.5, 0.5],
    },
    method: dtlPlus(backbone.spec),
    recipe: {
      start: 'probe',
      epochs: 2,
      batchSize: 4,
      learningRate: 1e-3,
      headLearningRateScale: 1,
      warmupEpochs: 0,
      warmupFrom: 0,
      cosineEpochs: 2,
      learningRateFloor: 0,
      weightDecay: 0.05,
      dropPath: 0,
      labelSmoothing: 0,
      classWeights: 'none',
      augmentation: 'none',
      dropLastBatch: false,
      keep: 'last',
    },
    plan: { provider: 'cpu', threads: 1, microBatch: 2, cache: 'float32' },
    features: { folder: join(directory, 'features'), limitBytes: 1e8, backbone: 'tiny' },
    seed: 1,
    classNames,
    samples,
    resume: false,
  };
});
afterAll(async () => {
  await backbone.remove();
  await rm(directory, { recursive: true, force: true });
});

/** Of the only engine that runs now. */
function enginePid(): number {
  const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  const engine = children.split('\n').find((line) => line.includes('main/engine/process.ts')) ?? '';
  return Number(engine.trim().split(' ')[0]);
}

/** A job that goes on until somebody ends it. */
function endless(name: string): TrainJob {
  const recipe = { ...job.recipe, epochs: 5000, cosineEpochs: 5000 };
  return { ...job, directory: join(directory, name), recipe };
}

const isWordless = (error: unknown): boolean => error instanceof AppError && error.data['stderr'] === '';

describe('an engine process', () => {
  it('trains on real photos and reports epochs, checkpoints and predictions of held-out photos', async () => {
    const events: EngineEvent[] = [];
    const result = await createEngine().run(job, { onEvent: (event) => events.push(event) });
    expect(result.status).toBe('finished');
    expect(events.flatMap((event) => (event.type === 'epoch' ? [event.epoch] : []))).toEqual([0, 1, 2]);
    expect(events.filter(({ type }) => type === 'checkpoint')).toHaveLength(2);
    expect(result.predictions.map(({ subset }) => subset).sort()).toEqual(['test', 'test', 'validation', 'validation']);
    expect((await readFile(result.weightsPath!)).length).toBeGreaterThan(1000);
  });

  it('computes with the backbone in 8 bits where the plan says so, and leaves a checkpoint of another run alone', async () => {
    const usual = await createEngine().run({ ...job, directory: join(directory, 'usual') });
    const memory = {
      packWeights: true,
      recompute: 'none',
      evaluation: 'beside',
      peakBytes: 1,
      budgetBytes: 1,
    } as const;
    const plan = { ...job.plan, weights: 'int8', memory } as const;
    const eight = { ...job, plan, directory: join(directory, 'eight') };
    const result = await createEngine().run(eight);
    const logitsOf = ({ predictions }: typeof result): readonly number[] => predictions.flatMap(({ logits }) => logits);
    const [exact, rounded] = [logitsOf(usual), logitsOf(result)];
    const norm = (values: readonly number[]): number => Math.hypot(...values);
    const difference = norm(rounded.map((value, at) => value - (exact[at] ?? 0))) / norm(exact);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(0.1);
    await expect(createEngine().run({ ...eight, plan: { ...job.plan, memory }, resume: true })).rejects.toMatchObject({
      kind: 'expected',
    });
  });

  it('leaves out a photo that changed since it was imported, and one that is no photo', async () => {
    const changed = join(directory, 'changed.jpg');
    const text = 'not a photo at all';
    await writeFile(changed, text);
    // A photo of the same length in another one's place is told by its content.
    const swapped = join(directory, 'swapped.jpg');
    await copyFile(job.samples[0]!.path, swapped);
    const added = { label: 0, subset: 'train' as const, contentHash: hash('sha256', text) };
    const samples = [
      ...job.samples,
      { ...added, id: 97, path: swapped, bytes: job.samples[0]!.bytes },
      { ...added, id: 98, path: changed, bytes: 5 },
      { ...added, id: 99, path: changed, bytes: 18 },
    ];
    const failed: [number, string][] = [];
    await createEngine().run(
      { ...job, samples, directory: join(directory, 'changed') },
      {
        onEvent: (event) => {
          if (event.type === 'photo-failed') failed.push([event.id, event.reason]);
        },
      },
    );
    expect(failed.map(([id]) => id).sort()).toEqual([97, 98, 99]);
    const reasons = new Map(failed);
    expect(reasons.get(97)).toMatch(/changed since it was imported/);
    expect(reasons.get(98)).toMatch(/changed since it was imported/);
  });

  it.skipIf(process.platform === 'win32')(
    'ends with words when the drive of the photos is unplugged amid it, and goes on when it is back',
    async () => {
      const drive = join(directory, 'drive');
      await mkdir(drive);
      // A pipe is a photo that takes as long to read as one likes.
      const slow = join(drive, 'slow.jpg');
      execFileSync('mkfifo', [slow]);
      const photo = job.samples[0]!;
      const unplugged = {
        ...job,
        directory: join(directory, 'unplugged'),
        features: { ...job.features, folder: join(directory, 'unplugged-features') },
        samples: [{ ...photo, id: 50, path: slow, bytes: 0 }, ...job.samples],
      };
      const failed: number[] = [];
      const running = createEngine().run(unplugged, {
        onEvent: (event) => {
          if (event.type === 'photo-failed') failed.push(event.id);
        },
      });
      running.catch(() => undefined);
      // Opens when the engine has begun to read.
      const pipe = await open(slow, 'w');
      await rename(drive, join(directory, 'drive-away'));
      await pipe.close();
      await expect(running).rejects.toMatchObject({
        code: 'photos.unplugged',
        kind: 'expected',
        message: expect.stringMatching(/not there any more.*is kept.*connect its drive/) as string,
      });
      // It is not left out in silence.
      expect(failed).toEqual([]);
      await mkdir(drive);
      await copyFile(photo.path, slow);
      const samples = unplugged.samples.map((sample) => (sample.id === 50 ? { ...photo, id: 50, path: slow } : sample));
      expect(await createEngine().run({ ...unplugged, samples, resume: true })).toMatchObject({ status: 'finished' });
    },
  );

  it('stops when asked and goes on from its checkpoint to the same weights', async () => {
    const reference = await readFile(join(directory, 'run', 'weights.safetensors'));
    const stop = new AbortController();
    const again = { ...job, directory: join(directory, 'stopped') };
    const first = await createEngine().run(again, {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'checkpoint') stop.abort();
      },
    });
    expect(first.status).toBe('stopped');
    const second = await createEngine().run({ ...again, resume: true });
    expect((await readFile(second.weightsPath!)).equals(reference)).toBe(true);
  });

  it('says the same of a photo that vanishes before it is read as of one that was away', async () => {
    const vanishing = join(directory, 'vanishing.jpg');
    await copyFile(job.samples[0]!.path, vanishing);
    const samples = [{ ...job.samples[0]!, id: 61, path: vanishing }, ...job.samples];
    const reasons: string[] = [];
    const features = { ...job.features, folder: join(directory, 'vanishing-features') };
    await trainJob(
      { ...job, samples, features, directory: join(directory, 'vanishing') },
      {
        emit: (event) => {
          if (event.type === 'photo-failed') reasons.push(event.reason);
        },
        // Asked when it was found to be there, and all are looked for before the first is read.
        checkStopped: () => rm(vanishing, { force: true }),
      },
    );
    expect(reasons).toEqual([expect.stringMatching(/not there any more.*this run goes on without it/)]);
  });

  it('goes on without a photo that was away when it began, and tells the last epoch again as it was', async () => {
    const photo = job.samples[0]!;
    const late = join(directory, 'late.jpg');
    const sample = { ...photo, id: 60, path: late };
    const again = { ...job, directory: join(directory, 'late'), samples: [sample, ...job.samples] };
    const events: EngineEvent[] = [];
    const stop = new AbortController();
    const first = await createEngine().run(again, {
      signal: stop.signal,
      onEvent: (event) => {
        events.push(event);
        if (event.type === 'checkpoint') stop.abort();
      },
    });
    expect(first.status).toBe('stopped');
    await copyFile(photo.path, late);
    const later: EngineEvent[] = [];
    const second = await createEngine().run({ ...again, resume: true }, { onEvent: (event) => later.push(event) });
    expect(second.status).toBe('finished');
    const reasons = [...events, ...later].flatMap((event) => (event.type === 'photo-failed' ? [event.reason] : []));
    expect(reasons).toEqual([
      expect.stringMatching(/not there any more.*labels are kept.*this run goes on without it/),
      expect.stringMatching(/left out when this run began/),
    ]);
    const epochs = (of: EngineEvent[]): EngineEvent[] => of.filter(({ type }) => type === 'epoch');
    // Its numbers are those of the process that computed it.
    expect(epochs(later)[0]).toEqual(epochs(events).at(-1));
  });

  it.runIf(process.platform === 'linux')(
    'keeps malloc from raising its sizes, beside its core’s environment',
    async () => {
      let environment: readonly string[] = [];
      const running = createEngine().run(endless('environment'), {
        onEvent: ({ type }) => {
          if (type !== 'checkpoint' || environment.length > 0) return;
          environment = readFileSync(`/proc/${enginePid()}/environ`, 'utf8').split('\0');
          process.kill(enginePid(), 'SIGKILL');
        },
      });
      await expect(running).rejects.toThrow(AppError);
      const fixed = ['MALLOC_MMAP_THRESHOLD_=1048576', 'MALLOC_TRIM_THRESHOLD_=4194304'];
      expect(environment).toEqual(expect.arrayContaining([...fixed, `PATH=${process.env['PATH']}`]));
    },
  );

  it('that is killed ends its job with a plain error, and nothing else', async () => {
    let killed = false;
    const running = createEngine().run(endless('killed'), {
      onEvent: (event) => {
        if (event.type !== 'checkpoint' || killed) return;
        killed = true;
        process.kill(enginePid(), 'SIGKILL');
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'engine.died', kind: 'expected', data: { signal: 'SIGKILL' } });
  });

  // prlimit belongs to the base of every Linux.
  it.skipIf(process.platform !== 'linux')(
    'that gets no more memory says so and what to change, and the run comes to the same weights afterwards',
    async () => {
      const reference = await readFile(join(directory, 'run', 'weights.safetensors'));
      const starved = { ...job, directory: join(directory, 'starved') };
      const limit = (bytes: number): unknown =>
        execFileSync('prlimit', ['--pid', String(enginePid()), `--data=${bytes}`], { stdio: 'ignore' });
      const diesAtBirth = async (): Promise<unknown> => {
        const unborn = createEngine().run(starved);
        limit(60e6);
        return unborn.catch((error: unknown) => error);
      };
      // Before it starts to think, and amid its work with a checkpoint behind it.
      let death = await diesAtBirth();
      // Of all the places where the first memory can be refused, some crash without a word, and nobody can tell why.
      for (let more = 0; more < 4 && isWordless(death); more++) death = await diesAtBirth();
      expect(death).toMatchObject({ code: 'engine.out-of-memory', kind: 'expected' });
      const epochs = { ...job.recipe, epochs: 5000, cosineEpochs: 5000 };
      let limited = false;
      const amid = createEngine().run(
        { ...starved, recipe: epochs, directory: join(directory, 'starved-amid') },
        {
          onEvent: (event) => {
            if (event.type !== 'checkpoint' || limited) return;
            limited = true;
            limit(1e6);
          },
        },
      );
      await expect(amid).rejects.toMatchObject({
        code: 'engine.out-of-memory',
        message: expect.stringMatching(/memory.*is kept.*resumed.*smaller batch/) as string,
      });
      expect(limited).toBe(true);
      const again = await createEngine().run({ ...starved, resume: true });
      expect((await readFile(again.weightsPath!)).equals(reference)).toBe(true);
    },
  );

  it('passes on the engine’s own words about a file that it refuses', async () => {
    const truncated = join(directory, 'truncated.safetensors');
    await writeFile(truncated, (await readFile(backbone.path)).subarray(0, 3000));
    const refused = createEngine().run({
      ...job,
      directory: join(directory, 'no'),
      backbone: { ...job.backbone, path: truncated },
    });
    await expect(refused).rejects.toMatchObject({
      kind: 'expected',
      message: expect.stringContaining('truncated.safetensors') as string,
    });
  });

  it('names its runtime, and refuses to compute on what is not there', async () => {
    const engine = createEngine();
    const { runtime, providers } = await engine.run({ kind: 'doctor' });
    expect(runtime).toMatch(/^onnxruntime-node \d/);
    // No machine has all of them: one is for macOS, one for Windows.
    const absent = providers.find(({ available }) => !available);
    expect(absent?.reason?.length).toBeGreaterThan(20);
    await expect(engine.run({ kind: 'check-provider', provider: absent?.name ?? 'coreml' })).rejects.toMatchObject({
      code: 'runtime.provider',
      kind: 'expected',
      data: { reason: absent?.reason },
    });
  });
});
