/** The graphs of a run: the training step, the evaluation forward, and the frozen features. */
import type { Method } from '../adapters/method.ts';
import { injectMethod } from '../adapters/method.ts';
import { injectHead } from '../adapters/head.ts';
import { dependents } from '../autodiff/dependence.ts';
import type { Gradients } from '../autodiff/gradients.ts';
import { gradients } from '../autodiff/gradients.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph, Value } from '../graph/types.ts';
import { verify } from '../graph/verify.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { blockCount, checkSpec, featureWidth } from '../models/backbone-spec.ts';
import { backboneFeatures } from '../models/backbone.ts';
import type { BranchScale } from '../models/hooks.ts';
import type { WeightFile } from '../models/weights.ts';
import { Weights } from '../models/weights.ts';
import { crossEntropy } from '../ops/cross-entropy.ts';
import { eliminateDeadNodes, pruneUnusedInputs } from '../passes/eliminate-dead-nodes.ts';
import { keepProbabilities } from '../passes/keep-probabilities.ts';
import { shareEqualNodes } from '../passes/share-equal-nodes.ts';
import type { FrozenPrefixSplit } from '../passes/split-frozen-prefix.ts';
import { splitFrozenPrefix } from '../passes/split-frozen-prefix.ts';

export interface NetworkOptions {
  readonly spec: BackboneSpec;
  readonly weights: WeightFile;
  readonly method: Method;
  readonly classes: number;
  /** Photos in one run of the graph. */
  readonly batch: number;
}

/**
 * Photos at once where features are computed: one size a backbone, so that they are the same bytes whatever a run's
 * micro-batch is.
 */
export function featureBatch(spec: BackboneSpec): number {
  return featureWidth(spec) >= 768 ? 2 : 4;
}

export const IMAGES = 'images';
export const TARGETS = 'targets';
export const LOGITS = 'logits';
export const LOSS = 'loss';
export const FEATURES = 'features';

export const GRADIENT_PREFIX = 'grad.';

/** Output that holds the gradient of a trained tensor. */
export function gradientName(parameter: string): string {
  return GRADIENT_PREFIX + parameter;
}

/** Input [B, 1, 1] that scales residual branch `branch`: 0 for a dropped one, 1 / (1 - rate) for a kept one. */
export function branchScaleName(branch: number): string {
  return `drop_path.${branch}`;
}

/** Drop rate of a residual branch: linear in the block, 0 at the first and `dropPath` at the last. */
export function branchDropRate(branch: number, depth: number, dropPath: number): number {
  return depth < 2 ? 0 : (dropPath * Math.floor(branch / 2)) / (depth - 1);
}

interface Network {
  readonly images: Value;
  readonly logits: Value;
  readonly parameters: ReadonlyMap<string, Value>;
  readonly branchScales: readonly Value[];
}

function network(
  b: GraphBuilder,
  weights: Weights,
  options: NetworkOptions,
  dropPath: number,
  isDropped: (branch: number) => boolean = () => true,
): Network {
  const { spec, method, classes, batch } = options;
  const images = b.input(IMAGES, [batch, 3, spec.imageSize, spec.imageSize]);
  const side = injectMethod(b, spec, method);
  const branchScales: Value[] = [];
  const branchScale: BranchScale = (branch) => {
    if (branchDropRate(branch, blockCount(spec), dropPath) === 0 || !isDropped(branch)) return null;
    const scale = b.input(branchScaleName(branch), [batch, 1, 1]);
    branchScales.push(scale);
    return scale;
  };
  const features = backboneFeatures(b, { spec, weights, images, hooks: side.hooks, branchScale });
  const head = injectHead(b, features, classes);
  return { images, logits: head.logits, parameters: new Map([...side.parameters, ...head.parameters]), branchScales };
}

export interface TrainingGraph {
  /** images, drop-path scales, targets, parameters -> loss [], logits [B, C], one gradient a reached parameter. */
  readonly graph: Graph;
  /** The same cut behind everything that no parameter reaches; null where drop path reaches further than parameters. */
  readonly split: FrozenPrefixSplit | null;
  readonly parameterNames: readonly string[];
  readonly branches: readonly string[];
  readonly differentiated: Gradients['differentiated'];
}

/**
 * With `cached`, drop path leaves out the branches that no parameter reaches: what they give is a constant of the photo. `keep`
 * keeps the probabilities of attention for backward instead of computing them twice.
 */
export function trainingGraph(options: NetworkOptions, dropPath = 0, cached = false, keep = true): TrainingGraph {
  checkSpec(options.spec);
  const isDropped = cached && dropPath > 0 ? trainedBranches(options, dropPath) : () => true;
  const b = new GraphBuilder('step');
  const net = network(b, new Weights(b, options.weights), options, dropPath, isDropped);
  const targets = b.input(TARGETS, [options.batch, options.classes]);
  const loss = b.scope('loss', () => crossEntropy(b, net.logits, targets));
  const { ofParameters, differentiated } = gradients(b, loss, [...net.parameters.values()]);
  const outputs = new Map([
    [LOSS, loss],
    [LOGITS, net.logits],
  ]);
  for (const [name, parameter] of net.parameters) {
    const gradient = ofParameters.get(parameter);
    if (gradient !== undefined) outputs.set(gradientName(name), gradient);
  }
  const live = eliminateDeadNodes(verify(b.finish(outputs)));
  const graph = verify(keep ? keepProbabilities(live, differentiated) : shareEqualNodes(live));
  const constant = dropPath === 0 || cached;
  const split = constant ? splitFrozenPrefix(graph, [net.images], [...net.parameters.values()]) : null;
  return {
    graph,
    split,
    parameterNames: [...net.parameters.keys()],
    branches: net.branchScales.map((scale) => scale.name),
    differentiated,
  };
}

/** The residual branches whose value depends on a parameter, found in the graph with all of them scaled. */
function trainedBranches(options: NetworkOptions, dropPath: number): (branch: number) => boolean {
  const b = new GraphBuilder('branches');
  const net = network(b, new Weights(b, options.weights), options, dropPath);
  const moving = dependents(b.nodes, net.parameters.values());
  const scales = new Set<Value | null>(net.branchScales);
  const trained = new Set<string>();
  for (const { inputs } of b.nodes) {
    const scale = inputs.find((input) => scales.has(input));
    if (scale && inputs.some((input) => input !== null && moving.has(input))) trained.add(scale.name);
  }
  return (branch) => trained.has(branchScaleName(branch));
}

export interface ForwardGraph {
  /** images, parameters -> logits [B, C] */
  readonly graph: Graph;
  readonly split: FrozenPrefixSplit;
}

export function forwardGraph(options: NetworkOptions): ForwardGraph {
  checkSpec(options.spec);
  const b = new GraphBuilder('forward');
  const net = network(b, new Weights(b, options.weights), options, 0);
  const graph = verify(shareEqualNodes(eliminateDeadNodes(b.finish({ [LOGITS]: net.logits }))));
  return { graph, split: splitFrozenPrefix(graph, [net.images], [...net.parameters.values()]) };
}

/**
 * images -> the plain backbone's pooled features [B, d], and, for a method with a cacheable prefix, that prefix's
 * frontier, in one pass over the photos. The two networks share their common part.
 */
export function featureGraph(
  options: NetworkOptions,
  withFrontier: boolean,
): { readonly graph: Graph; readonly frontier: readonly Value[] } {
  checkSpec(options.spec);
  const b = new GraphBuilder('features');
  const weights = new Weights(b, options.weights);
  const net = network(b, weights, options, 0);
  const plain = b.scope('plain', () => backboneFeatures(b, { spec: options.spec, weights, images: net.images }));
  const adapted = eliminateDeadNodes(b.finish({ [LOGITS]: net.logits }));
  const frontier = withFrontier ? splitFrozenPrefix(adapted, [net.images], [...net.parameters.values()]).frontier : [];
  const outputs = new Map([[FEATURES, plain], ...frontier.map((value): [string, Value] => [value.name, value])]);
  return { graph: verify(pruneUnusedInputs(shareEqualNodes(b.finish(outputs)))), frontier };
}
