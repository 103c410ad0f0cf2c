/** Sets of blocks as people write them. */

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
