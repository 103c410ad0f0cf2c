/** Several adapted networks over one backbone in one graph: what they have in common is computed once. */
import type { Method } from '../adapters/method.ts';
import { injectMethod } from '../adapters/method.ts';
import { injectHead } from '../adapters/head.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/types.ts';
import { verify } from '../graph/verify.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { checkSpec } from '../models/backbone-spec.ts';
import { backboneFeatures } from '../models/backbone.ts';
import type { WeightFile } from '../models/weights.ts';
import { Weights } from '../models/weights.ts';
import { eliminateDeadNodes } from '../passes/eliminate-dead-nodes.ts';
import { shareEqualNodes } from '../passes/share-equal-nodes.ts';
import { IMAGES, LOGITS } from '../train/graphs.ts';

export interface PacksGraphOptions {
  readonly spec: BackboneSpec;
  readonly weights: WeightFile;
  readonly packs: readonly { readonly method: Method; readonly classes: number }[];
  /** Photos in one run of the graph. */
  readonly batch: number;
}

/** What stands before the names of a pack's tensors. */
export function packPrefix(pack: number): string {
  return `packs.${pack}.`;
}

/** Output [B, C] of a pack. */
export function packLogits(pack: number): string {
  return packPrefix(pack) + LOGITS;
}

/** images [B, 3, S, S] and every pack's parameters -> every pack's logits. */
export function packsGraph({ spec, weights, packs, batch }: PacksGraphOptions): Graph {
  checkSpec(spec);
  const b = new GraphBuilder('packs');
  const shared = new Weights(b, weights);
  const images = b.input(IMAGES, [batch, 3, spec.imageSize, spec.imageSize]);
  const outputs = packs.map(({ method, classes }, pack) =>
    b.parametersUnder(packPrefix(pack), () =>
      b.scope(`packs.${pack}`, () => {
        const { hooks } = injectMethod(b, spec, method);
        const features = backboneFeatures(b, { spec, weights: shared, images, hooks });
        return [packLogits(pack), injectHead(b, features, classes).logits] as const;
      }),
    ),
  );
  return verify(shareEqualNodes(eliminateDeadNodes(b.finish(new Map(outputs)))));
}
