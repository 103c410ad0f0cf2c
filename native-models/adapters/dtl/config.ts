/** Settings of a DTL side network (arXiv 2312.07856), and what can be asked of them before a graph is built. */
import { EngineError } from '../../errors.ts';
import type { VitSpec } from '../../models/vit-spec.ts';

export interface DtlConfig {
  /** r, the rank of every low-rank pair. */
  readonly rank: number;
  /** Slope of the gate: a = h sigmoid(beta h). */
  readonly beta: number;
  /** Side of the shared depthwise kernel (DTL+), 0 for none (DTL). */
  readonly kernel: 0 | 3 | 4 | 5;
  /** Blocks before which the side state takes in the tokens, ascending. */
  readonly extract: readonly number[];
  /** Blocks after which the side state is added to the tokens, ascending. */
  readonly adapt: readonly number[];
}

/** Throws `adapter.config` for sets that no side network can have on this backbone. */
export function checkDtlConfig(config: DtlConfig, spec: VitSpec): void {
  const fail = (why: string): EngineError =>
    new EngineError('adapter.config', `This DTL side network cannot be built: ${why}.`);
  for (const [name, set] of [
    ['extract', config.extract],
    ['adapt', config.adapt],
  ] as const) {
    const outside = set.find((block) => !Number.isInteger(block) || block < 0 || block >= spec.depth);
    if (outside !== undefined)
      throw fail(`${name} names block ${outside}, the backbone has blocks 0 to ${spec.depth - 1}`);
    if (set.some((block, index) => index > 0 && block <= (set[index - 1] ?? -1)))
      throw fail(`${name} is not ascending`);
    if (set.length === 0) throw fail(`the ${name} set is empty`);
  }
  const [firstExtract = 0, firstAdapt = 0] = [config.extract[0], config.adapt[0]];
  if (firstAdapt < firstExtract) {
    throw fail(`block ${firstAdapt} is adapted before any block is extracted, so there is no side state yet`);
  }
  if (!Number.isInteger(config.rank) || config.rank < 1)
    throw fail(`rank ${config.rank} is not a positive whole number`);
}

/** Extract blocks that the loss reaches: those up to the last adapted block. */
export function reachedExtract({ extract, adapt }: DtlConfig): readonly number[] {
  const last = adapt.at(-1) ?? -1;
  return extract.filter((block) => block <= last);
}

/** Trainable tensors of the side network by name, the head not among them; only those that the loss reaches. */
export function dtlParameters(config: DtlConfig, spec: VitSpec): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const block of reachedExtract(config)) {
    shapes.set(downName(block), [config.rank, spec.width]);
    shapes.set(upName(block), [spec.width, config.rank]);
  }
  if (config.kernel > 0) shapes.set(CONV_NAME, [spec.width, 1, config.kernel, config.kernel]);
  return shapes;
}

export const CONV_NAME = 'dtl.conv';

/** A_i of the paper, [r, d]. */
export function downName(block: number): string {
  return `blocks.${block}.dtl.down`;
}

/** B_i of the paper, [d, r]. */
export function upName(block: number): string {
  return `blocks.${block}.dtl.up`;
}

/** Where the paper is silent: a ViT of depth L extracts at every block and adapts from block L / 2 on. */
export function defaultDtlSets(depth: number): Pick<DtlConfig, 'extract' | 'adapt'> {
  const blocks = Array.from({ length: depth }, (_, block) => block);
  return { extract: blocks, adapt: blocks.slice(Math.floor(depth / 2)) };
}
