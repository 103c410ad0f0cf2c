/** Builds files byte by byte, well-formed or not, without the encoder under test. */

export function rawFile(header: string | Uint8Array, dataBytes: number, declaredLength?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, declaredLength ?? BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

/** A header of F32 vectors `name -> [begin, end]`, sizes matching their offsets. */
export function vectors(ranges: Readonly<Record<string, readonly [number, number]>>): string {
  const members = Object.entries(ranges).map(
    ([name, [begin, end]]) =>
      `"${name}":{"dtype":"F32","shape":[${(end - begin) / 4}],"data_offsets":[${begin},${end}]}`,
  );
  return `{${members.join(',')}}`;
}
