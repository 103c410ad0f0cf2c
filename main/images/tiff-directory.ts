/**
 * The first image directory of a TIFF file (classic or BigTIFF, either byte order), as far as it takes to tell a
 * photograph from a camera's raw data, colour from extra channels and which way is up. Pixels are never touched here.
 */

/** Values of the numeric tags of the first directory. Offsets that lead outside the file leave their tag out. */
type TiffTags = ReadonlyMap<number, readonly number[]>;

export const tiffTag = {
  newSubfileType: 254,
  photometric: 262,
  orientation: 274,
  samplesPerPixel: 277,
  extraSamples: 338,
  dngVersion: 50_706,
} as const;

/** Bytes of one value by TIFF field type: byte, short, long, and BigTIFF's 8-byte integer. Others are not needed. */
const sizes = new Map([
  [1, 1],
  [3, 2],
  [4, 4],
  [16, 8],
]);

/** No tag that is read here has more values; longer ones (strip offsets) are skipped. */
const MOST_VALUES = 16;

/** Tags of the first directory; undefined where the file has none (cut off, or not TIFF at all). */
export function readFirstDirectory(file: Buffer): TiffTags | undefined {
  const reader = open(file);
  if (!reader) return undefined;
  const { big, uint } = reader;
  const start = big ? uint(8, 8) : uint(4, 4);
  const count = start === undefined ? undefined : uint(start, big ? 8 : 2);
  if (start === undefined || count === undefined) return undefined;

  const tags = new Map<number, number[]>();
  const [entrySize, countSize, inlineSize] = big ? [20, 8, 8] : [12, 4, 4];
  for (let i = 0; i < count; i++) {
    const entry = start + (big ? 8 : 2) + i * entrySize;
    const tag = uint(entry, 2);
    if (tag === undefined) break;
    const size = sizes.get(uint(entry + 2, 2) ?? 0);
    const length = uint(entry + 4, countSize);
    if (size === undefined || length === undefined || length > MOST_VALUES) continue;
    const inline = entry + 4 + countSize;
    const at = size * length <= inlineSize ? inline : uint(inline, inlineSize);
    const values = Array.from({ length }, (_, k) => (at === undefined ? undefined : uint(at + k * size, size)));
    if (values.every((value) => value !== undefined)) tags.set(tag, values);
  }
  return tags;
}

interface Reader {
  readonly big: boolean;
  /** An unsigned integer of 1, 2, 4 or 8 bytes; undefined outside the file. */
  readonly uint: (offset: number, size: number) => number | undefined;
}

function open(file: Buffer): Reader | undefined {
  const mark = file.toString('latin1', 0, 2);
  if (mark !== 'II' && mark !== 'MM') return undefined;
  const little = mark === 'II';
  const uint = (offset: number, size: number): number | undefined => {
    if (offset + size > file.length) return undefined;
    if (size === 8) return Number(little ? file.readBigUInt64LE(offset) : file.readBigUInt64BE(offset));
    return little ? file.readUIntLE(offset, size) : file.readUIntBE(offset, size);
  };
  const version = uint(2, 2);
  return version === 42 || version === 43 ? { big: version === 43, uint } : undefined;
}
