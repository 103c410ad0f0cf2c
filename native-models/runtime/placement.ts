/** Where the runtime put the operators of a session, read from the profile that it wrote of one run. */
import type { ProviderName } from './provider-names.ts';

/** An operator that a provider left to the CPU. */
export interface Fallback {
  readonly operator: string;
  /** Nodes of the graph. */
  readonly nodes: number;
  /** As a sentence. */
  readonly why: string;
}

/** `reasons`: why the provider cannot compute an operator, where its kernels tell. Throws SyntaxError for what is no profile. */
export function fallbacksIn(
  profile: string,
  provider: ProviderName,
  reasons: ReadonlyMap<string, string>,
): readonly Fallback[] {
  const events: unknown = JSON.parse(profile);
  const onCpu = new Map<string, Set<string>>();
  for (const event of Array.isArray(events) ? (events as readonly unknown[]) : []) {
    const node = nodeOf(event);
    if (node?.provider !== 'CPUExecutionProvider') continue;
    const names = onCpu.get(node.operator) ?? new Set();
    onCpu.set(node.operator, names.add(node.name));
  }
  return [...onCpu].map(([operator, { size }]) => ({
    operator,
    nodes: size,
    why: reasons.get(operator) ?? `The runtime did not give it to ${provider}, and does not say why.`,
  }));
}

/** One event is `{ cat: 'Node', name, args: { provider, op_name } }`; of other categories there is nothing to learn. */
function nodeOf(event: unknown): { name: string; operator: string; provider: string } | null {
  if (!isRecord(event) || event['cat'] !== 'Node' || !isRecord(event['args'])) return null;
  const { name } = event;
  const { op_name: operator, provider } = event['args'];
  return typeof name === 'string' && typeof operator === 'string' && typeof provider === 'string'
    ? { name, operator, provider }
    : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Those of several sessions together. */
export function mergeFallbacks(lists: readonly (readonly Fallback[])[]): readonly Fallback[] {
  const merged = new Map<string, Fallback>();
  for (const one of lists.flat()) {
    const known = merged.get(one.operator);
    merged.set(one.operator, known === undefined ? one : { ...known, nodes: known.nodes + one.nodes });
  }
  return [...merged.values()];
}
