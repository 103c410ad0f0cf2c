/** Huffman tables of a JPEG (ITU-T T.81, annex C and F), and bits looked at through them. */

/** Codes of up to this many bits are found by one look. */
export const SHORT = 9;

export interface HuffmanTable {
  /** [2^9]: 256 x length + symbol of the code that these bits begin with; 0 where it is longer, or none. */
  readonly short: Uint16Array;
  /** [17]: what would come behind the last code of each length, as 16 bits. */
  readonly behind: Int32Array;
  /** [17]: where the symbols of each length begin, less their first code. */
  readonly offset: Int32Array;
  readonly symbols: Uint8Array;
}

/** Of a DHT segment's `content`: each table under its class and destination, as one byte has them (0x10: AC). */
export function* huffmanTables(content: Uint8Array): Generator<readonly [number, HuffmanTable]> {
  let at = 0;
  while (at + 17 <= content.length) {
    const counts = content.subarray(at + 1, at + 17);
    const end = at + 17 + counts.reduce((sum, count) => sum + count, 0);
    yield [content[at]!, huffmanTable(counts, content.subarray(at + 17, end))];
    at = end;
  }
}

/** `counts`: [16], codes of each length. */
function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const short = new Uint16Array(1 << SHORT);
  const behind = new Int32Array(17);
  const offset = new Int32Array(17);
  let code = 0;
  let symbol = 0;
  for (let length = 1; length <= 16; length++) {
    offset[length] = symbol - code;
    for (let left = counts[length - 1]!; left > 0; left--, code++, symbol++) {
      if (length > SHORT) continue;
      const from = code << (SHORT - length);
      short.fill((length << 8) | symbols[symbol]!, from, from + (1 << (SHORT - length)));
    }
    behind[length] = code << (16 - length);
    code <<= 1;
  }
  return { short, behind, offset, symbols };
}

/** 32 bits of which the first 25 are those from bit `at` on; zeros behind the end. */
export function bitsAt(bits: Uint8Array, at: number): number {
  const from = at >> 3;
  return ((bits[from]! << 24) | (bits[from + 1]! << 16) | (bits[from + 2]! << 8) | bits[from + 3]!) << (at & 7);
}

/** As in `short`, of whatever code these 32 bits begin with; 0 where the table has none. */
export function codeAt({ short, behind, offset, symbols }: HuffmanTable, ahead: number): number {
  const found = short[ahead >>> (32 - SHORT)]!;
  if (found !== 0) return found;
  const code = ahead >>> 16;
  for (let length = SHORT + 1; length <= 16; length++) {
    if (code < behind[length]!) return (length << 8) | (symbols[offset[length]! + (code >> (16 - length))] ?? 0);
  }
  return 0;
}
