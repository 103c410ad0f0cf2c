/**
 * What a checkpoint under timm's names says by its tensors alone: which Vision Transformer it is, where its tensors lie
 * under canonical names, and everything that is wrong with it. Heads and LayerNorm epsilon leave no trace in shapes.
 */
import type { VitSpec } from '../../models/vit-spec.ts';
import { plainVit, vitTensors } from '../../models/vit-spec.ts';
import type { TensorEntry } from '../safetensors/types.ts';

type VitGeometry = Omit<VitSpec, 'heads' | 'layerNormEps'>;

interface VitCheckpoint {
  /** What stands before every canonical name, often empty. */
  readonly prefix: string;
  readonly geometry: VitGeometry;
  /** By canonical name, sorted by its bytes. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Names in the file of known tensors that a backbone does not need. */
  readonly leftOut: readonly string[];
}

type Reading = { readonly checkpoint: VitCheckpoint } | { readonly problems: readonly string[] };

const patchWeight = 'patch_embed.proj.weight';
const leftOutNames = /^(head|head_dist|fc_norm|pre_logits)\./;
const storedTypes = ['float32', 'float16', 'bfloat16'];
/** Far above any published network; keeps a hostile block number from meaning millions of missing tensors. */
const maxDepth = 1024;

/** The checkpoint, or sentences about all that keeps it from being one. */
export function readVitCheckpoint(tensors: ReadonlyMap<string, TensorEntry>): Reading {
  const prefixes = [...tensors.keys()]
    .filter((name) => name === patchWeight || name.endsWith(`.${patchWeight}`))
    .map((name) => name.slice(0, -patchWeight.length));
  const [prefix, ...others] = prefixes;
  if (prefix === undefined) {
    return {
      problems: [`There is no tensor "${patchWeight}", so this is no Vision Transformer under the names of timm.`],
    };
  }
  if (others.length > 0) {
    return {
      problems: [`There are several networks in it, under ${quoted(prefixes)}: which one is meant is unclear.`],
    };
  }
  const read = readGeometry(tensors, prefix);
  return 'problems' in read ? read : matchTensors(tensors, prefix, read.geometry);
}

function readGeometry(
  tensors: ReadonlyMap<string, TensorEntry>,
  prefix: string,
): { readonly geometry: VitGeometry } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const shapeOf = (name: string): readonly number[] | undefined => {
    const shape = tensors.get(prefix + name)?.shape;
    if (shape === undefined) problems.push(`The tensor "${prefix}${name}" is missing.`);
    return shape;
  };
  const misshaped = (name: string, shape: readonly number[], wanted: string): void => {
    problems.push(`The tensor "${prefix}${name}" has the shape [${shape.join(', ')}], needed is ${wanted}.`);
  };
  const [patch, position, mlp] = [shapeOf(patchWeight), shapeOf('pos_embed'), shapeOf('blocks.0.mlp.fc1.weight')];
  if (patch === undefined || position === undefined || mlp === undefined) return { problems };
  const [width = 0, channels, patchSize = 0, patchWidth] = patch;
  if (patch.length !== 4 || channels !== 3 || patchSize !== patchWidth || patchSize < 1 || width < 1) {
    misshaped(patchWeight, patch, '[d, 3, p, p]: square patches of RGB');
  }
  const [one, tokens = 0, positionWidth] = position;
  const grid = Math.sqrt(tokens - 1);
  if (position.length !== 3 || one !== 1 || positionWidth !== width) {
    misshaped('pos_embed', position, `[1, 1 + patches, ${width}]`);
  } else if (!Number.isInteger(grid) || grid < 1) {
    const square = '[1, 1 + a square number, d]: a class token and a square of patches';
    misshaped(
      'pos_embed',
      position,
      tensors.has(`${prefix}dist_token`) ? `${square} (distilled networks have two tokens)` : square,
    );
  }
  const depth = 1 + lastBlock(tensors, prefix);
  if (depth > maxDepth) problems.push(`There is a block ${depth - 1}; networks of up to ${maxDepth} blocks are read.`);
  if (problems.length > 0) return { problems };
  const geometry = {
    family: 'vit' as const,
    imageSize: grid * patchSize,
    patchSize,
    width,
    depth,
    mlpWidth: mlp[0] ?? 0,
    ...plainVit,
  };
  return { geometry };
}

function lastBlock(tensors: ReadonlyMap<string, TensorEntry>, prefix: string): number {
  let last = -1;
  for (const name of tensors.keys()) {
    if (!name.startsWith(prefix)) continue;
    const block = /^blocks\.(\d{1,15})\./.exec(name.slice(prefix.length))?.[1];
    if (block !== undefined) last = Math.max(last, Number(block));
  }
  return last;
}

function matchTensors(tensors: ReadonlyMap<string, TensorEntry>, prefix: string, geometry: VitGeometry): Reading {
  const needed = vitTensors({ ...geometry, heads: 1, layerNormEps: 1e-6 });
  const problems: string[] = [];
  const found = new Map<string, TensorEntry>();
  const leftOut: string[] = [];
  for (const [name, entry] of tensors) {
    const canonical = name.startsWith(prefix) ? name.slice(prefix.length) : null;
    const shape = canonical === null ? undefined : needed.get(canonical);
    if (canonical !== null && shape !== undefined) {
      found.set(canonical, entry);
      if (shape.join() !== entry.shape.join()) {
        problems.push(
          `The tensor "${name}" has the shape [${entry.shape.join(', ')}], needed is [${shape.join(', ')}].`,
        );
      }
      if (!storedTypes.includes(entry.dtype)) {
        problems.push(`The tensor "${name}" holds ${entry.dtype}, needed is one of ${storedTypes.join(', ')}.`);
      }
    } else if (leftOutNames.test(canonical ?? name) || leftOutNames.test(name)) leftOut.push(name);
    else problems.push(`There is a tensor "${name.slice(0, 200)}" too many.`);
  }
  const missing = [...needed.keys()].filter((name) => !found.has(name));
  problems.unshift(...missing.map((name) => `The tensor "${prefix}${name}" is missing.`));
  if (problems.length > 0) return { problems };
  const sorted = new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { checkpoint: { prefix, geometry, tensors: sorted, leftOut: leftOut.sort() } };
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
