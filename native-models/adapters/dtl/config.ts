/** Settings of a DTL side network (arXiv 2312.07856), and what can be asked of them before a graph is built. */
import { EngineError } from '../../errors.ts';
import type { BackboneSpec } from '../../models/backbone-spec.ts';
import { blockCount, blocksOf } from '../../models/backbone-spec.ts';

export interface DtlConfig {
  /** r, the rank of every low-rank pair. */
  readonly rank: number;
  /** Slope of the gate: a = h sigmoid(beta h). */
  readonly beta: number;
  /** Side of the depthwise kernel that the adapted blocks of a stage share (DTL+), 0 for none (DTL). */
  readonly kernel: 0 | 3 | 4 | 5;
  /** Blocks before which the side state takes in the tokens, ascending. */
  readonly extract: readonly number[];
  /** Blocks after which the side state is added to the tokens, ascending. */
  readonly adapt: readonly number[];
}

/** Throws `adapter.config` for sets that no side network can have on this backbone. */
export function checkDtlConfig(config: DtlConfig, spec: BackboneSpec): void {
  const fail = (why: string): EngineError =>
    new EngineError('adapter.config', `This DTL side network cannot be built: ${why}.`);
  const blocks = blocksOf(spec);
  for (const [name, set] of [
    ['extract', config.extract],
    ['adapt', config.adapt],
  ] as const) {
    const outside = set.find((block) => !Number.isInteger(block) || block < 0 || block >= blocks.length);
    if (outside !== undefined)
      throw fail(`${name} names block ${outside}, the backbone has blocks 0 to ${blocks.length - 1}`);
    if (set.some((block, index) => index > 0 && block <= (set[index - 1] ?? -1)))
      throw fail(`${name} is not ascending`);
    if (set.length === 0) throw fail(`the ${name} set is empty`);
  }
  const early = config.adapt.find(
    (adapted) => !config.extract.some((block) => block <= adapted && blocks[block]?.stage === blocks[adapted]?.stage),
  );
  if (early !== undefined) {
    const before = stageCount(spec) > 1 ? 'any block of its stage' : 'any block';
    throw fail(`block ${early} is adapted before ${before} is extracted, so there is no side state yet`);
  }
  if (!Number.isInteger(config.rank) || config.rank < 1)
    throw fail(`rank ${config.rank} is not a positive whole number`);
}

/** Extract blocks that the loss reaches: those up to the last adapted block of their stage. */
export function reachedExtract({ extract, adapt }: DtlConfig, spec: BackboneSpec): readonly number[] {
  const blocks = blocksOf(spec);
  return extract.filter((block) =>
    adapt.some((adapted) => adapted >= block && blocks[adapted]?.stage === blocks[block]?.stage),
  );
}

/** Trainable tensors of the side network by name, the head not among them; only those that the loss reaches. */
export function dtlParameters(config: DtlConfig, spec: BackboneSpec): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const blocks = blocksOf(spec);
  for (const block of reachedExtract(config, spec)) {
    const width = blocks[block]?.width ?? 0;
    shapes.set(downName(block), [config.rank, width]);
    shapes.set(upName(block), [width, config.rank]);
  }
  if (config.kernel === 0) return shapes;
  for (const block of config.adapt) {
    const { stage, width } = blocks[block] ?? { stage: 0, width: 0 };
    shapes.set(convName(stage, spec), [width, 1, config.kernel, config.kernel]);
  }
  return shapes;
}

function stageCount(spec: BackboneSpec): number {
  return 1 + (blocksOf(spec).at(-1)?.stage ?? 0);
}

/** The depthwise kernel that the adapted blocks of a stage share, [d, 1, k, k]. */
export function convName(stage: number, spec: BackboneSpec): string {
  return stageCount(spec) > 1 ? `stages.${stage}.dtl.conv` : 'dtl.conv';
}

/** A_i of the paper, [r, d]. */
export function downName(block: number): string {
  return `blocks.${block}.dtl.down`;
}

/** B_i of the paper, [d, r]. */
export function upName(block: number): string {
  return `blocks.${block}.dtl.up`;
}

/**
 * A ViT extracts at every block and adapts the second half of them, at rank 2. A network of stages does so over its last
 * two stages, where nearly all blocks are, at rank 4: Swin-T extracts 4 to 11 and adapts 8 to 11, Swin-S and Swin-B
 * extract 4 to 23 and adapt 14 to 23.
 */
export function defaultDtl(spec: BackboneSpec): Pick<DtlConfig, 'rank' | 'extract' | 'adapt'> {
  const stages = stageCount(spec);
  const extract = blocksOf(spec).flatMap(({ stage }, block) => (stage >= stages - 2 ? [block] : []));
  return { rank: stages > 1 ? 4 : 2, extract, adapt: extract.slice(Math.floor(extract.length / 2)) };
}

/** The variant that adapts every block: more accurate and more memory, since gradients go down to block 1. */
export function everyBlock(spec: BackboneSpec): Pick<DtlConfig, 'extract' | 'adapt'> {
  const blocks = Array.from({ length: blockCount(spec) }, (_, block) => block);
  return { extract: blocks, adapt: blocks };
}
