/** A plain TIFF writer for tests: uncompressed, one strip a page, any tag, so that files can be made that no encoder makes. */

export interface TiffPage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly samples: Uint8Array | Uint16Array | Uint32Array | Float32Array;
}

export interface TiffOptions {
  readonly photometric?: number;
  readonly bigEndian?: boolean;
  /** BigTIFF: 8-byte offsets. */
  readonly big?: boolean;
  readonly icc?: Buffer;
  /** Further tags of type short. */
  readonly tags?: Readonly<Record<number, readonly number[]>>;
}

export function encodeTiff(pages: readonly TiffPage[], options: TiffOptions = {}): Buffer {
  const { bigEndian = false, big = false } = options;
  const uint = (value: number, size: number): Buffer => {
    const out = Buffer.alloc(size);
    if (size === 8) return (bigEndian ? out.writeBigUInt64BE(BigInt(value)) : out.writeBigUInt64LE(BigInt(value)), out);
    return (bigEndian ? out.writeUIntBE(value, 0, size) : out.writeUIntLE(value, 0, size), out);
  };
  const offsetSize = big ? 8 : 4;
  const chunks: Buffer[] = [];
  let length = 0;
  const append = (chunk: Buffer): number => {
    const at = length;
    const even = chunk.length % 2 === 0 ? chunk : Buffer.concat([chunk, Buffer.alloc(1)]);
    chunks.push(even);
    length += even.length;
    return at;
  };
  append(Buffer.from(bigEndian ? 'MM' : 'II'));
  append(uint(big ? 43 : 42, 2));
  if (big) append(Buffer.concat([uint(8, 2), uint(0, 2)]));
  // Each directory is written after its data, so the pointer to it is filled in afterwards.
  let pointer = append(uint(0, offsetSize));

  for (const page of pages) {
    const { samples, channels } = page;
    const bytes = samples.BYTES_PER_ELEMENT;
    const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    const strip = Buffer.from(data);
    if (bigEndian && bytes === 2) strip.swap16();
    const stripAt = append(strip);
    const shorts = (values: readonly number[]): { type: number; count: number; data: Buffer } => ({
      type: 3,
      count: values.length,
      data: Buffer.concat(values.map((v) => uint(v, 2))),
    });
    const long = (value: number): { type: number; count: number; data: Buffer } => ({
      type: 4,
      count: 1,
      data: uint(value, 4),
    });
    const entries = new Map([
      [256, long(page.width)],
      [257, long(page.height)],
      [258, shorts(Array.from({ length: channels }, () => bytes * 8))],
      [259, shorts([1])],
      [262, shorts([options.photometric ?? (channels >= 3 ? 2 : 1)])],
      [273, long(stripAt)],
      [277, shorts([channels])],
      [278, long(page.height)],
      [279, long(strip.length)],
    ]);
    if (samples instanceof Float32Array) entries.set(339, shorts(Array.from({ length: channels }, () => 3)));
    if (options.icc) entries.set(34_675, { type: 7, count: options.icc.length, data: options.icc });
    for (const [tag, values] of Object.entries(options.tags ?? {})) entries.set(Number(tag), shorts(values));

    const written = [...entries]
      .sort(([a], [b]) => a - b)
      .map(([tag, entry]) => {
        const value =
          entry.data.length <= offsetSize
            ? Buffer.concat([entry.data, Buffer.alloc(offsetSize - entry.data.length)])
            : uint(append(entry.data), offsetSize);
        return Buffer.concat([uint(tag, 2), uint(entry.type, 2), uint(entry.count, offsetSize), value]);
      });
    const directoryAt = append(Buffer.concat([uint(written.length, big ? 8 : 2), ...written]));
    chunks.splice(0, chunks.length, patched(Buffer.concat(chunks), pointer, uint(directoryAt, offsetSize)));
    pointer = append(uint(0, offsetSize));
  }
  return Buffer.concat(chunks);
}

function patched(file: Buffer, at: number, value: Buffer): Buffer {
  value.copy(file, at);
  return file;
}
