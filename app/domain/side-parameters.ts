/**
 * The tensors that a method trains beside a frozen backbone, as `docs/pack-format.md` names them. A tensor that the
 * loss does not reach (an extract block after the last adapt block of its stage, the kernel of a stage that is never
 * adapted) is not trained, not counted and need not be kept.
 */
import { blocksOf, featureWidth, stageCount } from './backbone-blocks.ts';
import type { BlockShape } from './backbone-blocks.ts';
import { formatBlocks } from './block-sets.ts';
import type { BackboneSpec } from './backbone.ts';
import type { DtlMethod, Method } from './run-config.ts';

type Shapes = ReadonlyMap<string, readonly number[]>;

/** Shapes of the side network's tensors that the loss reaches, in the order of a pack; the head is not among them. */
export function sideTensors(method: Method, spec: BackboneSpec): Shapes {
  return method.name === 'linear' ? new Map() : dtlShapes(method, spec, 'reached');
}

/** Tensors that a pack may leave out because the loss does not reach them. */
export function unreachedTensors(method: Method, spec: BackboneSpec): Shapes {
  const reached = sideTensors(method, spec);
  const all = method.name === 'linear' ? new Map<string, readonly number[]>() : dtlShapes(method, spec, 'all');
  return new Map([...all].filter(([name]) => !reached.has(name)));
}

export function headTensors(classes: number, spec: BackboneSpec): Shapes {
  return new Map([
    ['head.weight', [classes, featureWidth(spec)]],
    ['head.bias', [classes]],
  ]);
}

/** Numbers in the side network, the head not counted: 36,864 for DTL on ViT-B/16, 56,064 for DTL+ with k = 5. */
export function sideParameterCount(method: Method, spec: BackboneSpec): number {
  let count = 0;
  for (const shape of sideTensors(method, spec).values()) count += shape.reduce((a, b) => a * b, 1);
  return count;
}

/** What is wrong with a method's settings on this backbone, as sentences without a full stop; none when all is well. */
export function methodProblems(method: Method, spec: BackboneSpec): readonly string[] {
  if (method.name === 'linear') return [];
  const problems: string[] = [];
  const blocks = blocksOf(spec);
  for (const [name, set] of [
    ['extract', method.extract],
    ['adapt', method.adapt],
  ] as const) {
    const outside = set.filter((block) => !Number.isInteger(block) || block < 0 || block >= blocks.length);
    if (set.length === 0) problems.push(`the ${name} set is empty`);
    if (outside.length > 0) {
      problems.push(
        `the ${name} set names ${outside.length === 1 ? 'block' : 'blocks'} ${formatBlocks(outside)}, the backbone has 0 to ${blocks.length - 1}`,
      );
    }
    if (set.some((block, i) => i > 0 && block <= (set[i - 1] ?? -1))) problems.push(`the ${name} set is not ascending`);
  }
  const early = method.adapt.find(
    (adapted) => blocks[adapted] !== undefined && !method.extract.some((from) => feeds(blocks, from, adapted)),
  );
  if (early !== undefined && method.extract.length > 0) {
    const what = stageCount(spec) > 1 ? 'any block of its stage' : 'any block';
    problems.push(`block ${early} is adapted before ${what} is extracted, so there is no side state yet`);
  }
  if ((method.name === 'dtl') !== (method.kernel === 0)) {
    problems.push(`${method.name} cannot have a kernel of ${method.kernel} (dtl has 0, dtl+ has 3, 4 or 5)`);
  }
  if (!Number.isInteger(method.rank) || method.rank < 1 || method.rank > spec.width) {
    problems.push(`the rank ${method.rank} does not lie between 1 and the width ${spec.width}`);
  }
  return problems;
}

/** Whether what block `extracted` takes in is still in the side state behind block `adapted`. */
function feeds(blocks: readonly BlockShape[], extracted: number, adapted: number): boolean {
  return extracted <= adapted && blocks[extracted]?.stage === blocks[adapted]?.stage;
}

function dtlShapes({ extract, adapt, rank, kernel }: DtlMethod, spec: BackboneSpec, which: 'reached' | 'all'): Shapes {
  const result = new Map<string, readonly number[]>();
  const blocks = blocksOf(spec);
  for (const block of extract) {
    if (which === 'reached' && !adapt.some((adapted) => feeds(blocks, block, adapted))) continue;
    const { width = spec.width } = blocks[block] ?? {};
    result.set(`blocks.${block}.dtl.down`, [rank, width]);
    result.set(`blocks.${block}.dtl.up`, [width, rank]);
  }
  if (kernel === 0) return result;
  for (const [block, { stage, width }] of blocks.entries()) {
    if (which === 'reached' && !adapt.includes(block)) continue;
    result.set(stageCount(spec) > 1 ? `stages.${stage}.dtl.conv` : 'dtl.conv', [width, 1, kernel, kernel]);
  }
  return result;
}
