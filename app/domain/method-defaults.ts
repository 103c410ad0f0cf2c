/** Settings of a method for a backbone of a given depth, and block sets as people write them. */
import { AppError } from './errors.ts';
import type { DtlMethod, LinearMethod, Method, MethodName } from './run-config.ts';

export type MethodSettings = Partial<Omit<DtlMethod, 'name'>>;

/**
 * Where the paper is silent, a ViT of depth L extracts before every block and adapts from block L/2. `settings` replace
 * single values. Throws AppError `method.settings` for what the method does not have or the backbone cannot carry.
 */
export function methodFor(name: MethodName, depth: number, settings: MethodSettings = {}): Method {
  if (name === 'linear') return linear(settings);
  const kernel = settings.kernel ?? (name === 'dtl+' ? 5 : 0);
  if (name === 'dtl' && kernel !== 0) {
    throw wrong(`dtl has no convolution, so its kernel cannot be ${kernel}; the method with one is dtl+`);
  }
  if (name === 'dtl+' && kernel === 0) throw wrong('dtl+ needs a kernel of 3, 4 or 5; without a convolution it is dtl');
  const all = Array.from({ length: depth }, (_, block) => block);
  const extract = settings.extract ?? all;
  const adapt = settings.adapt ?? all.slice(Math.floor(depth / 2));
  checkBlocks('extract', extract, depth);
  checkBlocks('adapt', adapt, depth);
  if ((adapt[0] ?? 0) < (extract[0] ?? 0)) {
    throw wrong(`block ${adapt[0] ?? 0} is adapted before any block is extracted, so there is nothing to add yet`);
  }
  return { name, rank: settings.rank ?? 2, beta: settings.beta ?? 100, kernel, extract, adapt };
}

function linear(settings: MethodSettings): LinearMethod {
  const given = Object.keys(settings);
  if (given.length > 0) throw wrong(`a linear probe has no side network, so it takes no ${given.join(', ')}`);
  return { name: 'linear' };
}

function checkBlocks(name: string, blocks: readonly number[], depth: number): void {
  if (blocks.length === 0) throw wrong(`the ${name} set is empty`);
  const outside = blocks.find((block) => block < 0 || block >= depth);
  if (outside !== undefined) {
    throw wrong(`${name} names block ${outside}, and this backbone has blocks 0 to ${depth - 1}`);
  }
}

function wrong(why: string): AppError {
  return new AppError('method.settings', `The side network cannot be built: ${why}. Nothing was started.`);
}

/** `6-11`, `0,2,4` or `0-3,8` as ascending block numbers; null for anything else. */
export function parseBlocks(text: string): readonly number[] | null {
  const blocks = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,4})(?:\s*-\s*(\d{1,4}))?\s*$/.exec(part);
    if (match === null) return null;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) return null;
    for (let block = first; block <= last; block++) blocks.add(block);
  }
  return [...blocks].sort((a, b) => a - b);
}

/** Block numbers as people write them: runs of three and more become `6-11`. */
export function formatBlocks(blocks: readonly number[]): string {
  const parts: string[] = [];
  for (let at = 0; at < blocks.length;) {
    let end = at;
    while (end + 1 < blocks.length && blocks[end + 1] === (blocks[end] ?? 0) + 1) end++;
    if (end - at >= 2) parts.push(`${blocks[at] ?? 0}-${blocks[end] ?? 0}`);
    else parts.push(...blocks.slice(at, end + 1).map(String));
    at = end + 1;
  }
  return parts.join(',');
}
