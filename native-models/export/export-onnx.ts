/** Writes a backbone with its adapter as one ONNX file that is tried before it takes its place. */
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { trainedParameters } from '../adapters/method.ts';
import type { Method } from '../adapters/method.ts';
import { EngineError } from '../errors.ts';
import { modelFile } from '../formats/onnx-file.ts';
import { replaceFile } from '../formats/write-atomic.ts';
import { readAdapter } from '../infer/read-adapter.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { openWeightFile } from '../models/weight-file.ts';
import { ModelFileSession } from '../runtime/model-file-session.ts';
import { EXPORTED_IMAGE, EXPORTED_LOGITS, exportedModel } from './onnx-model.ts';
import type { ExportedPreprocessing } from './preprocessing.ts';

export interface OnnxExportOptions {
  readonly path: string;
  readonly weightsPath: string;
  readonly tensorPrefix: string;
  readonly spec: BackboneSpec;
  readonly method: Method;
  readonly classes: number;
  /** A pack or a run's weights. */
  readonly adapterPath: string;
  readonly preprocessing: ExportedPreprocessing;
  readonly metadata: Readonly<Record<string, string>>;
  readonly threads: number;
}

export interface RgbPhoto {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] */
  readonly samples: Uint8Array;
}

/** Logits [C] of the exported file for a photo. */
export type Classify = (photo: RgbPhoto) => Promise<Float32Array>;

export interface OnnxExportHost {
  readonly written: (done: number, total: number) => Promise<void>;
  /** Tries the finished file; what it throws leaves whatever was at `path` as it was. */
  readonly check: (classify: Classify) => Promise<void>;
}

/** Returns the file's size in bytes. Throws `export.no-space`, `export.is-a-folder`, `export.over-source`, `adapter.tensors`, `model.*`, `onnx.*`, `runtime.*`, and what the host throws. */
export async function exportOnnx(options: OnnxExportOptions, { written, check }: OnnxExportHost): Promise<number> {
  const { path, spec, method, classes, adapterPath, preprocessing, metadata, threads } = options;
  await requirePlace(path, [adapterPath, options.weightsPath]);
  const parameters = await readAdapter(adapterPath, trainedParameters(method, spec, classes));
  const weights = await openWeightFile(options.weightsPath, options.tensorPrefix);
  const model = exportedModel({ spec, weights, method, classes, parameters, preprocessing, metadata });
  const file = modelFile(model, weights.folder);
  await requireSpace(path, file.bytes);
  await replaceFile(path, (handle) => file.write(handle, (done) => written(done, file.bytes)), {
    check: async (temporary) => {
      const session = await ModelFileSession.open(temporary, threads);
      try {
        await check(async ({ width, height, samples }) => {
          const image = { type: 'uint8' as const, shape: [height, width, 3], data: samples };
          return session.run(EXPORTED_IMAGE, image, EXPORTED_LOGITS);
        });
      } finally {
        await session.release();
      }
    },
  });
  return file.bytes;
}

/** A slip of the keyboard must not put the file in the place of what it is made of. */
async function requirePlace(path: string, sources: readonly string[]): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there === null) return;
  const kept = 'Nothing was written. Name another file.';
  if (there.isDirectory()) {
    throw new EngineError('export.is-a-folder', `"${path}" is a folder. ${kept}`, { data: { path } });
  }
  for (const source of sources) {
    const { dev, ino } = await stat(source);
    if (dev !== there.dev || ino !== there.ino) continue;
    throw new EngineError('export.over-source', `"${path}" is what the file would be made of. ${kept}`, {
      data: { path, source },
    });
  }
}

/** Before anything is written: half a gigabyte that then does not fit is a poor surprise. */
async function requireSpace(path: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  const free = bavail * bsize;
  if (free >= needed) return;
  const [wanted, there] = [needed, free].map((bytes) => `${Math.ceil(bytes / 1e6)} MB`);
  throw new EngineError(
    'export.no-space',
    `The file would have ${wanted ?? ''}, and the disk of "${path}" has ${there ?? ''} left. Nothing was written. ` +
      'Free some space, or choose another disk.',
    { data: { path, needed, free } },
  );
}
