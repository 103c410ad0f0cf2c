/** How depthwise correlations are written as ONNX: by the standard operator, or by the runtime's channel-blocked kernels. */
import type { Attributes } from '../graph/types.ts';
import { dim } from '../graph/types.ts';
import type { EmitContext, EmittedNode } from './define.ts';
import { BLOCKED, int, ints } from './define.ts';

export interface DepthwiseAttributes extends Attributes {
  /** Rows above, columns left, rows below, columns right. */
  readonly pads: readonly [number, number, number, number];
}

/** Channels of one block, or null where this node's channels do not come out even or the runtime has no blocks. */
export function blockOf({ node, target }: Pick<EmitContext<Attributes>, 'node' | 'target'>): number | null {
  const block = target.channelBlock;
  return block !== null && dim(node.inputs[0]?.shape ?? [], 3) % block === 0 ? block : null;
}

/** [B, H, W, C] -> blocks of channels. */
export function toBlocks(x: string, y: string): EmittedNode {
  return {
    opType: 'ReorderInput',
    domain: BLOCKED,
    inputs: [x],
    outputs: [y],
    attributes: { channels_last: int(1) },
  };
}

export function transposed(x: string, y: string, permutation: readonly number[]): EmittedNode {
  return { opType: 'Transpose', inputs: [x], outputs: [y], attributes: { perm: ints(permutation) } };
}

export function convolved(
  inputs: readonly [string, string],
  y: string,
  groups: number,
  pads: DepthwiseAttributes['pads'],
): EmittedNode {
  return { opType: 'Conv', inputs, outputs: [y], attributes: { group: int(groups), pads: ints(pads) } };
}
