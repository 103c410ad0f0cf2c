/** What a provider needs a graph to look like; values and gradients stay what they were. */
import type { ProviderName } from '../../runtime/provider-names.ts';
import type { Graph } from '../../graph/types.ts';
import { verify } from '../../graph/verify.ts';
import { decomposeAttention } from './decompose-attention.ts';
import { divideColumns } from './divide-columns.ts';
import { separateStatistics } from './separate-statistics.ts';

type Pass = (graph: Graph) => Graph;

const passes: Readonly<Record<ProviderName, readonly Pass[]>> = {
  cpu: [],
  cuda: [],
  dml: [separateStatistics],
  // Its fused attention was 3 to 6 % off for 49 and for 197 tokens (onnxruntime 1.30, software Vulkan); products are exact.
  webgpu: [(graph) => decomposeAttention(graph)],
  // Core ML has no kernels of the contrib domain.
  coreml: [(graph) => decomposeAttention(graph), separateStatistics],
};

/** `copiesWeights`: the runtime keeps weights in a layout of its own anyway, so that other pieces of them cost nothing more. */
export function forProvider(graph: Graph, provider: ProviderName, { copiesWeights = false } = {}): Graph {
  const all = provider === 'cpu' && copiesWeights ? [divideColumns] : passes[provider];
  return verify(all.reduce((rewritten, pass) => pass(rewritten), graph));
}
