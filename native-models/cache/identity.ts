/**
 * What a cached tensor is, said by the computation that makes it: two graphs that compute a value in the same way over
 * the same weights give it one identity, whatever stands behind it. So runs with other extract and adapt sets share the
 * tensors that they have in common, and a change to a model's graph makes new entries instead of misreading old ones.
 */
import { createHash } from 'node:crypto';
import type { DType } from '../dtypes.ts';
import type { Node, Value } from '../graph/types.ts';

/** All that decides a photo's features besides the photo's own content. */
export interface FeatureSource {
  /** The backbone's identity: over names, shapes and values of its weights. */
  readonly backbone: string;
  /** Everything between the file and the numbers that the network sees: decoder, fit, size, statistics. */
  readonly preprocessing: string;
  /** Version of what computes. */
  readonly runtime: string;
}

/** SHA-256, in hex, of a value under `source`, kept as `dtype`. Names of nodes, files and offsets play no part. */
export function tensorKey(value: Value, dtype: DType, { backbone, preprocessing, runtime }: FeatureSource): string {
  return sha256(['tensor', backbone, preprocessing, runtime, dtype, new Identities().of(value)]);
}

class Identities {
  readonly #nodes = new Map<Node, string>();

  of(value: Value): string {
    const { name, dtype, shape, source } = value;
    switch (source.kind) {
      case 'input':
      case 'parameter':
      // A weight's name says which tensor it is, and which rows of it.
      case 'weight':
        return sha256([source.kind, name, dtype, shape]);
      case 'constant': {
        const { buffer, byteOffset, byteLength } = source.data;
        const values = createHash('sha256').update(new Uint8Array(buffer, byteOffset, byteLength));
        return sha256([source.kind, dtype, shape, values.digest('hex')]);
      }
      case 'node':
        return sha256([this.#ofNode(source.node), source.index]);
    }
  }

  /** Nodes are asked for in order of depth, which is far less than a call stack holds. */
  #ofNode(node: Node): string {
    const known = this.#nodes.get(node);
    if (known !== undefined) return known;
    const inputs = node.inputs.map((input) => (input === null ? null : this.of(input)));
    const attributes = Object.entries(node.attributes).sort(([a], [b]) => (a < b ? -1 : 1));
    const identity = sha256([node.op, attributes, inputs]);
    this.#nodes.set(node, identity);
    return identity;
  }
}

function sha256(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
