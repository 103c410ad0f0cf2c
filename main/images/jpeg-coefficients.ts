/**
 * The luma of a JPEG (ITU-T T.81: baseline, Huffman-coded) as cosine coefficients, with no pixel made of them: a few tenths of a
 * millisecond for a thumbnail, where a decoder needs milliseconds. For pictures that this program wrote.
 */
import { bitsAt, codeAt, huffmanTables, SHORT } from './jpeg-huffman.ts';
import type { HuffmanTable } from './jpeg-huffman.ts';
import { jpegMarker, jpegSegments } from './jpeg-segments.ts';

/**
 * Dequantised coefficients in a grid, 8 x 8 a block: in place (8 x + u, 8 y + v) what block (x, y) has of the frequency u across
 * and v down. Places that are not listed hold zero.
 */
export interface LumaCoefficients {
  /** The grid's, multiples of 8: it reaches beyond the picture where that ends within a block. */
  readonly columns: number;
  readonly rows: number;
  /** How many of each of the following count; the rest are left from other pictures. */
  readonly count: number;
  readonly column: Uint16Array;
  readonly row: Uint16Array;
  readonly value: Int32Array;
}

interface Component {
  readonly id: number;
  /** Blocks of it in one unit of the scan, across and down. */
  readonly across: number;
  readonly down: number;
  readonly quantisation: number;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: readonly Component[];
}

interface ScanComponent extends Component {
  /** [64] in the order of the coefficients. */
  readonly steps: Uint8Array;
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
}

/** 8 frequencies each way. */
const IN_BLOCK = 64;
const AC_TABLES = 0x10;

/**
 * `wanted`: so many of each block's coefficients, 1..64, in the order in which they are coded (from low to high frequencies),
 * besides the one that shows that there are no more of them. The answer is good until the next call, which fills the same arrays.
 * Throws Error where the JPEG is not baseline, or broken.
 */
export function lumaCoefficients(jpeg: Buffer, wanted: number): LumaCoefficients {
  const steps = new Map<number, Uint8Array>();
  const tables = new Map<number, HuffmanTable>();
  let frame: Frame | null = null;
  for (const { marker, start, end } of jpegSegments(jpeg)) {
    const content = jpeg.subarray(start + 4, end);
    if (marker === jpegMarker.quantisation) readSteps(content, steps);
    else if (marker === jpegMarker.huffman) for (const [name, table] of huffmanTables(content)) tables.set(name, table);
    else if (marker === jpegMarker.baselineFrame) frame = readFrame(content);
    else if (marker === jpegMarker.startOfScan) {
      if (frame === null) break;
      const components = componentsOf(frame, content, steps, tables);
      return readScan(frame, components, new ScanReader(codedBits(jpeg, end), wanted));
    }
  }
  throw unlike('it has no baseline frame');
}

function unlike(why: string): Error {
  return new Error(`This JPEG is none that the program wrote: ${why}.`);
}

/** 8-bit tables alone: baseline has no others. */
function readSteps(content: Buffer, steps: Map<number, Uint8Array>): void {
  for (let at = 0; at + IN_BLOCK < content.length; at += 1 + IN_BLOCK) {
    steps.set(content[at]!, content.subarray(at + 1, at + 1 + IN_BLOCK));
  }
}

function readFrame(content: Buffer): Frame {
  if (content.length < 6) throw unlike('its frame is cut off');
  const components = Array.from({ length: content[5] ?? 0 }, (_, i): Component => {
    const [id = 0, sampling = 0, quantisation = 0] = content.subarray(6 + 3 * i);
    return { id, across: sampling >> 4, down: sampling & 15, quantisation };
  });
  const [only] = components;
  // A single component is coded block by block, whatever its sampling.
  const alone = only !== undefined && components.length === 1 ? [{ ...only, across: 1, down: 1 }] : components;
  return { height: content.readUInt16BE(1), width: content.readUInt16BE(3), components: alone };
}

function componentsOf(
  frame: Frame,
  scan: Buffer,
  steps: ReadonlyMap<number, Uint8Array>,
  tables: ReadonlyMap<number, HuffmanTable>,
): readonly ScanComponent[] {
  return frame.components.map((component, i) => {
    const [id, names = 0] = scan.subarray(1 + 2 * i);
    const own = steps.get(component.quantisation);
    const dc = tables.get(names >> 4);
    const ac = tables.get(AC_TABLES | (names & 15));
    if (id !== component.id || own === undefined || dc === undefined || ac === undefined) {
      throw unlike('its scan names components or tables that are not there');
    }
    return { ...component, steps: own, dc, ac };
  });
}

/** Frequencies across and down of a block's coefficients in their order: along the diagonals, turning at each. */
const order = Array.from({ length: IN_BLOCK }, (_, i) => ({ u: i & 7, v: i >> 3 })).sort((a, b) => {
  const diagonal = a.u + a.v;
  if (diagonal !== b.u + b.v) return diagonal - b.u - b.v;
  return diagonal % 2 === 0 ? a.u - b.u : b.u - a.u;
});
const acrossOf = Uint8Array.from(order, ({ u }) => u);
const downOf = Uint8Array.from(order, ({ v }) => v);

/** What one look may take beyond the last bit. */
const BEYOND = 8;
let coded = new Uint8Array(1 << 16);

/** The scan without the zeros that follow each 0xff in it, up to the next marker, and zeros behind it. */
function codedBits(jpeg: Buffer, start: number): Uint8Array {
  if (coded.length < jpeg.length + BEYOND) coded = new Uint8Array(2 * jpeg.length + BEYOND);
  let to = 0;
  for (let from = start, within = true; within;) {
    const at = jpeg.indexOf(0xff, from);
    within = at !== -1 && jpeg[at + 1] === 0;
    const end = at === -1 ? jpeg.length : within ? at + 1 : at;
    coded.set(jpeg.subarray(from, end), to);
    to += end - from;
    from = at + 2;
  }
  return coded.fill(0, to, to + BEYOND).subarray(0, to + BEYOND);
}

function readScan(
  { width, height, components }: Frame,
  [luma, ...colours]: readonly ScanComponent[],
  reader: ScanReader,
): LumaCoefficients {
  if (luma === undefined || components.some(({ across, down }) => across * down === 0)) throw unlike('it has no luma');
  const unitsAcross = Math.ceil(width / (8 * luma.across));
  const unitsDown = Math.ceil(height / (8 * luma.down));
  const columns = 8 * luma.across * unitsAcross;
  const rows = 8 * luma.down * unitsDown;
  reader.expect(columns * rows);
  for (let unitY = 0; unitY < unitsDown; unitY++) {
    for (let unitX = 0; unitX < unitsAcross; unitX++) {
      for (let y = 0; y < luma.down; y++) {
        for (let x = 0; x < luma.across; x++) {
          reader.read(luma, 8 * (unitX * luma.across + x), 8 * (unitY * luma.down + y));
        }
      }
      for (const colour of colours) {
        for (let blocks = colour.across * colour.down; blocks > 0; blocks--) reader.skip(colour);
      }
    }
  }
  return { columns, rows, ...reader.found() };
}

let column = new Uint16Array(0);
let row = new Uint16Array(0);
let value = new Int32Array(0);

const END_OF_BLOCK = 0;

class ScanReader {
  readonly #bits: Uint8Array;
  readonly #wanted: number;
  /** Of the next bit. */
  #at = 0;
  /** The last block's constant coefficient, from which the next one's differs. */
  #level = 0;
  #count = 0;

  constructor(bits: Uint8Array, wanted: number) {
    this.#bits = bits;
    this.#wanted = wanted;
  }

  expect(coefficients: number): void {
    if (value.length >= coefficients) return;
    column = new Uint16Array(coefficients);
    row = new Uint16Array(coefficients);
    value = new Int32Array(coefficients);
  }

  found(): Pick<LumaCoefficients, 'count' | 'column' | 'row' | 'value'> {
    return { count: this.#count, column, row, value };
  }

  /** A block of luma whose constant coefficient has this place in the grid. */
  read({ dc, ac, steps }: ScanComponent, left: number, top: number): void {
    const size = this.#sizeOfFirst(dc);
    if (size > 0) this.#level += signed(bitsAt(this.#bits, this.#at), size);
    this.#at += size;
    let count = this.#count;
    column[count] = left;
    row[count] = top;
    value[count++] = this.#level * steps[0]!;
    // Looked up and kept in variables: this runs some ten thousand times a thumbnail.
    const [bits, short, wanted] = [this.#bits, ac.short, this.#wanted];
    let at = this.#at;
    let k = 1;
    while (k < wanted) {
      let ahead = bitsAt(bits, at);
      const code = short[ahead >>> (32 - SHORT)]! || codeAt(ac, ahead);
      at += code >> 8;
      const size = code & 15;
      if (size === 0) {
        k = (code & 255) === END_OF_BLOCK ? IN_BLOCK : k + 16;
        continue;
      }
      k += (code & 255) >> 4;
      if (k >= IN_BLOCK) throw unlike('a block of it has too many coefficients');
      ahead = bitsAt(bits, at);
      at += size;
      column[count] = left + acrossOf[k]!;
      row[count] = top + downOf[k]!;
      value[count++] = signed(ahead, size) * steps[k]!;
      k++;
    }
    this.#at = at;
    this.#count = count;
    this.#pass(ac, k);
  }

  /** A block of colour. */
  skip({ dc, ac }: ScanComponent): void {
    const size = this.#sizeOfFirst(dc);
    this.#at += size;
    this.#pass(ac, 1);
  }

  #sizeOfFirst(dc: HuffmanTable): number {
    const bits = this.#bits;
    if (this.#at > 8 * (bits.length - BEYOND)) throw unlike('its scan is cut off');
    const code = codeAt(dc, bitsAt(bits, this.#at));
    if (code === 0) throw unlike('its scan has a code that its tables have not');
    this.#at += code >> 8;
    return code & 15;
  }

  /** The rest of a block, from its coefficient `k` on. */
  #pass(ac: HuffmanTable, k: number): void {
    const [bits, short] = [this.#bits, ac.short];
    let at = this.#at;
    while (k < IN_BLOCK) {
      const ahead = bitsAt(bits, at);
      const code = short[ahead >>> (32 - SHORT)]! || codeAt(ac, ahead);
      at += (code >> 8) + (code & 15);
      if ((code & 255) === END_OF_BLOCK) break;
      k += ((code & 255) >> 4) + 1;
    }
    this.#at = at;
  }
}

/** The number that the first `size` bits, 1..15, stand for: those that begin with 0 are negative. */
function signed(ahead: number, size: number): number {
  const bits = ahead >>> (32 - size);
  return ahead < 0 ? bits : bits - (1 << size) + 1;
}
