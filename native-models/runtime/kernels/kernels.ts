/** Which kernels the runtime has on the graphics providers, from its own tables (`scripts/kernel-table.ts`). */
import type { OnnxModel, OnnxNode } from '../../formats/onnx.ts';
import { signatures } from '../../emit/signatures.ts';
import table from './kernels.json' with { type: 'json' };

export type TabledProvider = keyof typeof table.providers;

export interface Missing {
  readonly node: string;
  readonly operator: string;
  /** Completes "has no kernel here: ". */
  readonly why: string;
}

/** The nodes of a model that the provider cannot compute, each with the reason. Tensor types follow from the model's own. */
export function missingKernels(model: OnnxModel, provider: TabledProvider): readonly Missing[] {
  const dtypes = new Map<string, string>();
  for (const { name, dtype } of [...model.graph.initializers, ...model.graph.inputs]) dtypes.set(name, dtype);
  const missing: Missing[] = [];
  for (const node of model.graph.nodes) {
    const types = node.inputs.map((input) => (input === '' ? null : (dtypes.get(input) ?? 'unknown')));
    // All our operators give the type they take; Cast alone changes it, and to float32.
    const result = node.opType === 'Cast' ? 'float32' : (types[0] ?? 'unknown');
    for (const output of node.outputs) dtypes.set(output, result);
    const why = whyMissing(node, types, provider);
    if (why !== null) missing.push({ node: node.name, operator: node.opType, why });
  }
  return missing;
}

function whyMissing(node: OnnxNode, types: readonly (string | null)[], provider: TabledProvider): string | null {
  const domain = node.domain === 'com.microsoft' ? 'com.microsoft' : 'ai.onnx';
  const signature = signatures.get(`${domain} ${node.opType}`);
  if (signature === undefined) return 'the engine has no signature of this operator';
  const operators: Readonly<Record<string, readonly string[] | undefined>> = table.providers[provider][domain];
  const kernels = operators[node.opType];
  if (kernels === undefined) return 'the provider does not have this operator';
  const kernel = kernels.map(parse).find(({ serves }) => serves(signature.since));
  if (kernel === undefined) return `the provider does not have its version ${signature.since}`;
  if (provider === 'dml' && node.opType === 'LayerNormalization' && node.outputs.length > 1)
    return 'the provider computes it with one output only';
  for (const [index, type] of types.entries()) {
    const constraint = signature.inputs[index];
    const allowed = constraint ? kernel.types.get(constraint) : undefined;
    if (type !== null && allowed !== undefined && !allowed.includes(type))
      return `the provider does not compute it on ${type}`;
  }
  return null;
}

/** `13+ T:float32,int64`: a closed range serves the versions in it, `N+` only a node whose version is exactly N. */
function parse(line: string): {
  readonly serves: (since: number) => boolean;
  readonly types: ReadonlyMap<string, readonly string[]>;
} {
  const [range = '', ...constraints] = line.split(' ');
  const [, low, high] = /^(\d+)(?:-(\d+))?\+?$/.exec(range) ?? [];
  return {
    serves: (since) => since >= Number(low) && since <= Number(high ?? low),
    types: new Map(
      constraints.map((text) => {
        const [name = '', list = ''] = text.split(':');
        return [name, list.split(',')];
      }),
    ),
  };
}
