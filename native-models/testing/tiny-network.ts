/** A tiny backbone on disk with a DTL+ side network away from its start, for tests of graphs and runs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DtlConfig } from '../adapters/dtl/config.ts';
import { defaultDtl } from '../adapters/dtl/config.ts';
import type { Method } from '../adapters/method.ts';
import { trainedParameters } from '../adapters/method.ts';
import { readSafetensorsHeader, readTensorFloat32 } from '../formats/safetensors.ts';
import { elementCount } from '../graph/types.ts';
import { randomValues, writeRandomWeights } from '../models/random-weights.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import type { SwinName, VitName } from '../models/registry.ts';
import { model } from '../models/registry.ts';
import type { SwinSpec } from '../models/swin-spec.ts';
import type { VitSpec } from '../models/vit-spec.ts';
import { openWeightFile } from '../models/weight-file.ts';
import type { WeightFile } from '../models/weights.ts';

export interface TinyBackbone<S extends BackboneSpec = VitSpec> {
  readonly directory: string;
  readonly path: string;
  readonly spec: S;
  readonly weights: WeightFile;
  /** Every frozen tensor in float64, by timm name. */
  readonly values: ReadonlyMap<string, Float64Array>;
  remove(): Promise<void>;
}

export async function tinyBackbone(name: VitName): Promise<TinyBackbone>;
export async function tinyBackbone(name: SwinName): Promise<TinyBackbone<SwinSpec>>;
export async function tinyBackbone(name: VitName | SwinName): Promise<TinyBackbone<BackboneSpec>> {
  const directory = await mkdtemp(join(tmpdir(), 'dtl-engine-'));
  const path = join(directory, 'backbone.safetensors');
  const spec = model(name);
  await writeRandomWeights(path, spec);
  const file = await readSafetensorsHeader(path);
  const values = new Map<string, Float64Array>();
  for (const [tensor, entry] of file.tensors)
    values.set(tensor, Float64Array.from(await readTensorFloat32(file, entry)));
  return {
    directory,
    path,
    spec,
    weights: await openWeightFile(path),
    values,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

export function dtlPlus(spec: BackboneSpec, changes: Partial<DtlConfig> = {}): Method & DtlConfig {
  return { name: 'dtl+', beta: 100, kernel: 5, ...defaultDtl(spec), ...changes };
}

/** Values for every trained tensor, none of them zero, so that no path is hidden by the usual start. */
export function randomParameters(
  method: Method,
  spec: BackboneSpec,
  classes: number,
  scale = 0.1,
): Map<string, Float32Array> {
  return new Map(
    [...trainedParameters(method, spec, classes)].map(([name, shape]) => [
      name,
      randomValues(name, elementCount(shape), scale),
    ]),
  );
}
