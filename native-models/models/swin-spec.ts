/** A Swin Transformer's geometry (Liu et al. 2021): stages of windows on grids that halve from one to the next. */
import { EngineError } from '../errors.ts';

export interface SwinSpec {
  readonly family: 'swin';
  readonly imageSize: number;
  readonly patchSize: number;
  /** Side of a window in tokens; a stage whose grid is smaller has one window of the grid's size. */
  readonly windowSize: number;
  /** Token width of the first stage; each further stage has twice the width of the one before. */
  readonly width: number;
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  /** Hidden width of the MLP over the token width. */
  readonly mlpRatio: number;
  readonly layerNormEps: number;
}

export interface SwinStage {
  readonly stage: number;
  /** Number of its first block, counted through all stages. */
  readonly firstBlock: number;
  readonly depth: number;
  readonly width: number;
  readonly mlpWidth: number;
  readonly heads: number;
  /** Tokens along one side. */
  readonly grid: number;
  readonly window: number;
  /** By how many tokens the windows of every second block are moved; 0 where one window is the whole grid. */
  readonly shift: number;
}

export function swinStages(spec: SwinSpec): readonly SwinStage[] {
  let firstBlock = 0;
  return spec.depths.map((depth, stage) => {
    const grid = spec.imageSize / spec.patchSize / 2 ** stage;
    const width = spec.width * 2 ** stage;
    const window = Math.min(spec.windowSize, grid);
    const made = {
      stage,
      firstBlock,
      depth,
      width,
      mlpWidth: Math.floor(width * spec.mlpRatio),
      heads: spec.heads[stage] ?? 0,
      grid,
      window,
      shift: grid > window ? Math.floor(window / 2) : 0,
    };
    firstBlock += depth;
    return made;
  });
}

/** Throws `model.spec` naming what cannot be. */
export function checkSwinSpec(spec: SwinSpec): SwinSpec {
  const fail = (why: string): EngineError => new EngineError('model.spec', `This Swin cannot be built: ${why}.`);
  if (spec.depths.length === 0 || spec.depths.length !== spec.heads.length)
    throw fail(`${spec.depths.length} stages have ${spec.heads.length} numbers of heads`);
  for (const { stage, grid, window, width, heads } of swinStages(spec)) {
    if (!Number.isInteger(grid) || grid < 1) {
      throw fail(
        `${spec.imageSize} px in patches of ${spec.patchSize} px are no whole grid at stage ${stage} (${grid} tokens)`,
      );
    }
    if (grid % window !== 0)
      throw fail(`a grid of ${grid} at stage ${stage} is not a multiple of the window, ${window}`);
    if (heads < 1 || width % heads !== 0) throw fail(`width ${width} is not a multiple of ${heads} heads`);
  }
  return spec;
}

/**
 * Where the merging in front of a stage stands: `stage` as timm writes it today, `stage - 1` as the original code and
 * older timm files do, at the end of the stage before.
 */
export type MergingAt = 'stage' | 'stage before';

export function mergingName(stage: number, at: MergingAt): string {
  return `layers.${at === 'stage' ? stage : stage - 1}.downsample`;
}

/** Only the older naming has a merging under the first stage. */
export function mergingAt(hasTensor: (name: string) => boolean): MergingAt {
  return hasTensor('layers.0.downsample.reduction.weight') ? 'stage before' : 'stage';
}

/** Tensor names (timm) and shapes that a checkpoint must have. */
export function swinTensors(spec: SwinSpec, at: MergingAt = 'stage'): ReadonlyMap<string, readonly number[]> {
  const stages = swinStages(spec);
  const last = stages.at(-1)?.width ?? spec.width;
  const tensors = new Map<string, readonly number[]>([
    ['patch_embed.proj.weight', [spec.width, 3, spec.patchSize, spec.patchSize]],
    ['patch_embed.proj.bias', [spec.width]],
    ['patch_embed.norm.weight', [spec.width]],
    ['patch_embed.norm.bias', [spec.width]],
    ['norm.weight', [last]],
    ['norm.bias', [last]],
  ]);
  for (const { stage, depth, width: d, mlpWidth, heads, window } of stages) {
    if (stage > 0) {
      const merging = mergingName(stage, at);
      tensors.set(`${merging}.norm.weight`, [2 * d]).set(`${merging}.norm.bias`, [2 * d]);
      tensors.set(`${merging}.reduction.weight`, [d, 2 * d]);
    }
    const block: readonly (readonly [string, readonly number[]])[] = [
      ['norm1.weight', [d]],
      ['norm1.bias', [d]],
      ['attn.relative_position_bias_table', [(2 * window - 1) ** 2, heads]],
      ['attn.qkv.weight', [3 * d, d]],
      ['attn.qkv.bias', [3 * d]],
      ['attn.proj.weight', [d, d]],
      ['attn.proj.bias', [d]],
      ['norm2.weight', [d]],
      ['norm2.bias', [d]],
      ['mlp.fc1.weight', [mlpWidth, d]],
      ['mlp.fc1.bias', [mlpWidth]],
      ['mlp.fc2.weight', [d, mlpWidth]],
      ['mlp.fc2.bias', [d]],
    ];
    for (let i = 0; i < depth; i++) {
      for (const [name, shape] of block) tensors.set(`layers.${stage}.blocks.${i}.${name}`, shape);
    }
  }
  return tensors;
}
