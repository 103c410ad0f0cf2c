/**
 * One training step on tensors from a file: the check that anyone can make of our gradients against another
 * implementation. The layout is described in `docs/step-files.md`.
 */
import type { DtlConfig } from '../adapters/dtl/config.ts';
import { convName, downName, dtlParameters, upName } from '../adapters/dtl/config.ts';
import { HEAD_BIAS, HEAD_WEIGHT } from '../adapters/head.ts';
import { EngineError } from '../errors.ts';
import type { SafetensorsFile } from '../formats/safetensors.ts';
import { readTensorFloat32, readTensorInt64, tensorNamed } from '../formats/safetensors.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { blockCount, blocksOf, checkSpec } from '../models/backbone-spec.ts';
import type { SwinSpec } from '../models/swin-spec.ts';
import type { VitSpec } from '../models/vit-spec.ts';
import { plainVit } from '../models/vit-spec.ts';

export interface StepInput {
  readonly spec: BackboneSpec;
  readonly config: DtlConfig;
  readonly classes: number;
  readonly dropPath: number;
  /** Trainable tensors under our names. */
  readonly parameters: Map<string, Float32Array>;
  /** Our name -> the file's, for every adapter tensor of the file, reached by the loss or not. */
  readonly fileNames: ReadonlyMap<string, string>;
  /** [B, 3, H, W] */
  readonly images: Float32Array;
  readonly labels: readonly number[];
  /** By residual branch: 0 or 1 / (1 - rate) for each photo. */
  readonly branchScales: ReadonlyMap<number, Float32Array>;
}

/** Throws `step.input` naming the metadata or tensor that is missing or does not fit. */
export async function readStepInput(file: SafetensorsFile): Promise<StepInput> {
  const meta = metadataReader(file);
  const spec = readSpec(file, meta);
  checkSpec(spec);
  const config: DtlConfig = {
    rank: meta.integer('r'),
    beta: meta.number('beta'),
    kernel: kernelOf(file, meta.integer('fusion_size')),
    extract: meta.integers('lora_before_blocks'),
    adapt: meta.integers('add_after_blocks'),
  };
  const fileNames = adapterNames(file, config, spec);
  const parameters = new Map<string, Float32Array>();
  for (const [ours, theirs] of fileNames) {
    parameters.set(ours, await readTensorFloat32(file, tensorNamed(file, `adapter.${theirs}`)));
  }
  checkShapes(file, config, spec, fileNames);
  const images = await readTensorFloat32(file, tensorNamed(file, 'input.images'));
  const labels = [...(await readTensorInt64(file, tensorNamed(file, 'input.labels')))].map(Number);
  const classes = meta.integer('num_classes');
  const outside = labels.find((label) => label < 0 || label >= classes);
  if (outside !== undefined) throw inputError(file, `has label ${outside} among ${classes} classes`);
  if (images.length !== labels.length * 3 * spec.imageSize ** 2) {
    throw inputError(file, `has ${labels.length} labels, which does not fit the shape of input.images`);
  }
  const dropPath = meta.number('drop_path');
  return {
    spec,
    config,
    classes,
    dropPath,
    parameters,
    fileNames,
    images,
    labels,
    branchScales: await readBranchScales(file, spec, dropPath, labels.length),
  };
}

function readSpec(file: SafetensorsFile, meta: MetadataReader): BackboneSpec {
  const kind = meta.text('kind');
  if (kind === 'vit') return readVitSpec(file, meta);
  if (kind === 'swin') return readSwinSpec(file, meta);
  throw inputError(file, `describes a ${kind}; this version computes steps of a vit or a swin`);
}

function readSwinSpec(file: SafetensorsFile, meta: MetadataReader): SwinSpec {
  const width = meta.integer('embed_dim');
  const hidden = tensorNamed(file, 'backbone.layers.0.blocks.0.mlp.fc1.weight').shape[0];
  return {
    family: 'swin',
    imageSize: meta.integer('img_size'),
    patchSize: meta.integer('patch_size'),
    windowSize: meta.integer('window_size'),
    width,
    depths: meta.integers('depths'),
    heads: meta.integers('num_heads'),
    mlpRatio: (hidden ?? 4 * width) / width,
    layerNormEps: meta.number('layer_norm_eps'),
  };
}

function readVitSpec(file: SafetensorsFile, meta: MetadataReader): VitSpec {
  const width = meta.integer('embed_dim');
  const hidden = tensorNamed(file, 'backbone.blocks.0.mlp.fc1.weight').shape[0];
  return {
    family: 'vit',
    imageSize: meta.integer('img_size'),
    patchSize: meta.integer('patch_size'),
    width,
    depth: meta.integer('depth'),
    heads: meta.integer('num_heads'),
    mlpWidth: hidden ?? 4 * width,
    layerNormEps: meta.number('layer_norm_eps'),
    ...plainVit,
  };
}

/** Masks stand for the branches whose rate is not 0: all but those of block 0, numbered from 0. */
async function readBranchScales(
  file: SafetensorsFile,
  spec: BackboneSpec,
  dropPath: number,
  batch: number,
): Promise<Map<number, Float32Array>> {
  const scales = new Map<number, Float32Array>();
  if (dropPath === 0) return scales;
  const depth = blockCount(spec);
  for (let branch = 2; branch < 2 * depth; branch++) {
    const name = `input.drop_path_mask.${branch - 2}`;
    const mask = await readTensorFloat32(file, tensorNamed(file, name));
    if (mask.length !== batch) throw inputError(file, `has ${mask.length} values in ${name} for ${batch} photos`);
    const keep = 1 - (dropPath * Math.floor(branch / 2)) / (depth - 1);
    scales.set(
      branch,
      mask.map((kept) => kept / keep),
    );
  }
  return scales;
}

function adapterNames(file: SafetensorsFile, config: DtlConfig, spec: BackboneSpec): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const reached = dtlParameters(config, spec);
  for (const block of config.extract) {
    names.set(downName(block), `lora_dict.${block}.lora_A`);
    names.set(upName(block), `lora_dict.${block}.lora_B`);
  }
  for (const { stage } of config.kernel > 0 ? blocksOf(spec) : []) {
    const theirs = spec.family === 'vit' ? 'lora_fusion.weight' : `lora_fusions.${stage}.weight`;
    const ours = convName(stage, spec);
    // The kernel of a stage that is never adapted may be there or not: nothing reads it.
    if (reached.has(ours) || file.tensors.has(`adapter.${theirs}`)) names.set(ours, theirs);
  }
  names.set(HEAD_WEIGHT, HEAD_WEIGHT).set(HEAD_BIAS, HEAD_BIAS);
  for (const name of file.tensors.keys()) {
    if (name.startsWith('adapter.') && ![...names.values()].includes(name.slice('adapter.'.length))) {
      throw inputError(file, `has a trainable tensor ${name} that its own settings do not describe`);
    }
  }
  return names;
}

function checkShapes(
  file: SafetensorsFile,
  config: DtlConfig,
  spec: BackboneSpec,
  fileNames: ReadonlyMap<string, string>,
): void {
  for (const [ours, shape] of dtlParameters(config, spec)) {
    const actual = tensorNamed(file, `adapter.${fileNames.get(ours) ?? ours}`).shape;
    if (actual.join() !== shape.join()) {
      throw inputError(file, `has ${ours} of shape [${actual.join(', ')}], expected [${shape.join(', ')}]`);
    }
  }
}

function kernelOf(file: SafetensorsFile, size: number): DtlConfig['kernel'] {
  const kernel = ([0, 3, 4, 5] as const).find((known) => known === size);
  if (kernel === undefined) throw inputError(file, `asks for a kernel of ${size}; 0, 3, 4 and 5 are known`);
  return kernel;
}

interface MetadataReader {
  text(key: string): string;
  number(key: string): number;
  integer(key: string): number;
  integers(key: string): readonly number[];
}

function metadataReader(file: SafetensorsFile): MetadataReader {
  const text = (key: string): string => {
    const value = file.metadata.get(key);
    if (value === undefined) throw inputError(file, `does not say ${key} in its metadata`);
    return value;
  };
  const number = (key: string): number => {
    const value = Number(text(key));
    if (!Number.isFinite(value)) throw inputError(file, `says ${key} = ${text(key)}, which is not a number`);
    return value;
  };
  const whole = (key: string, value: number): number => {
    if (!Number.isInteger(value)) throw inputError(file, `says ${key} = ${text(key)}, which is not a whole number`);
    return value;
  };
  return {
    text,
    number,
    integer: (key) => whole(key, number(key)),
    integers: (key) =>
      text(key) === ''
        ? []
        : text(key)
            .split(',')
            .map((part) => whole(key, Number(part))),
  };
}

function inputError(file: SafetensorsFile, why: string): EngineError {
  return new EngineError('step.input', `${file.path} ${why}.`, { data: { path: file.path } });
}
