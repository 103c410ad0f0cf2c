/** The closed registry of operators: a graph holds nothing else, and a name appears once. */
import { EngineError } from '../errors.ts';
import { addOp } from './add.ts';
import { attentionOp } from './attention.ts';
import { castOp } from './cast.ts';
import { concatOp } from './concat.ts';
import { crossEntropyOp } from './cross-entropy.ts';
import type { Attributes } from '../graph/types.ts';
import type { OpDefinition } from './define.ts';
import { depthwiseConvOp } from './depthwise-conv.ts';
import { depthwiseKernelGradientOp } from './depthwise-kernel-gradient.ts';
import { erfOp } from './erf.ts';
import { expOp } from './exp.ts';
import { expandOp } from './expand.ts';
import { fastGeluOp } from './fast-gelu.ts';
import { gatherOp } from './gather.ts';
import { geluOp } from './gelu.ts';
import { gemmOp } from './gemm.ts';
import { layerNormOp } from './layer-norm.ts';
import { layerNormOutputOp } from './layer-norm-output.ts';
import { matmulOp } from './matmul.ts';
import { mulOp } from './mul.ts';
import { negOp } from './neg.ts';
import { quantisedLinearOp } from './quantised-linear.ts';
import { quickGeluOp } from './quick-gelu.ts';
import { reduceMeanOp } from './reduce-mean.ts';
import { reduceSumOp } from './reduce-sum.ts';
import { reshapeOp } from './reshape.ts';
import { rsqrtOp } from './rsqrt.ts';
import { sigmoidOp } from './sigmoid.ts';
import { softmaxOp } from './softmax.ts';
import { splitOp } from './split.ts';
import { subOp } from './sub.ts';
import { transposeOp } from './transpose.ts';

/** Attribute types differ from operator to operator; inside the registry each is used only through its own node. */
function erase<A extends Attributes>(op: OpDefinition<A>): OpDefinition {
  return op as unknown as OpDefinition;
}

export function registryOf(definitions: readonly OpDefinition[]): ReadonlyMap<string, OpDefinition> {
  const registry = new Map<string, OpDefinition>();
  for (const definition of definitions) {
    if (registry.has(definition.name)) {
      throw new EngineError('graph.operator', `Two operators are named ${definition.name}.`);
    }
    registry.set(definition.name, definition);
  }
  return registry;
}

export const operators: ReadonlyMap<string, OpDefinition> = registryOf([
  erase(addOp),
  erase(attentionOp),
  erase(castOp),
  erase(concatOp),
  erase(crossEntropyOp),
  erase(depthwiseConvOp),
  erase(depthwiseKernelGradientOp),
  erase(erfOp),
  erase(expOp),
  erase(expandOp),
  erase(fastGeluOp),
  erase(gatherOp),
  erase(geluOp),
  erase(gemmOp),
  erase(layerNormOp),
  erase(layerNormOutputOp),
  erase(matmulOp),
  erase(mulOp),
  erase(negOp),
  erase(quantisedLinearOp),
  erase(quickGeluOp),
  erase(reduceMeanOp),
  erase(reduceSumOp),
  erase(reshapeOp),
  erase(rsqrtOp),
  erase(sigmoidOp),
  erase(softmaxOp),
  erase(splitOp),
  erase(subOp),
  erase(transposeOp),
]);

export function operator(name: string): OpDefinition {
  const definition = operators.get(name);
  if (definition === undefined) throw new EngineError('graph.operator', `There is no operator named ${name}.`);
  return definition;
}
