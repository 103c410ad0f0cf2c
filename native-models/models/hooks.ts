/** Where side networks and stochastic depth hang themselves into a backbone; the models know none of them. */
import type { Value } from '../graph/types.ts';

/** Tokens are [B, T, d] in the order of the grid's rows, behind prefix tokens where the backbone has them. */
export interface BlockHooks {
  /** Sees the input of block `index`, counted through all stages. */
  before(index: number, tokens: Value): void;
  /** May replace the output of block `index`. */
  after(index: number, tokens: Value): Value;
}

export const noHooks: BlockHooks = { before: () => undefined, after: (_, tokens) => tokens };

/**
 * A factor [B, 1, 1] for one residual branch, or null to leave it as it is. Branch 2i is the attention of block i,
 * 2i + 1 its MLP (stochastic depth, Huang et al. 2016).
 */
export type BranchScale = (branch: number) => Value | null;
