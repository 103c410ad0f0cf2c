/** Safetensors files that are in memory as a whole: adapter packs, exchange files of a few megabytes. */
import { decodeFloats, elements, floatDtype, requireDtype } from './decode.ts';
import { checkedHeaderLength, describeFile, prefixLength } from './layout.ts';
import type { SafetensorsBuffer, TensorEntry } from './types.ts';

/**
 * Checks a whole file, as thoroughly as readSafetensorsHeader does. `name` stands for the path in error messages.
 * The result keeps `bytes`, not a copy. @throws EngineError `safetensors.*`
 */
export function parseSafetensors(bytes: Uint8Array, name: string): SafetensorsBuffer {
  const headerLength = checkedHeaderLength(name, bytes.subarray(0, prefixLength), bytes.length);
  const header = bytes.subarray(prefixLength, prefixLength + headerLength);
  return { ...describeFile(name, header, bytes.length), bytes };
}

/** A copy of the tensor's stored bytes. */
export function tensorBytes(buffer: SafetensorsBuffer, entry: TensorEntry): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.bytes.subarray(entry.start, entry.end));
}

/** The tensor's values, row-major, as float32. @throws EngineError `safetensors.dtype` when it holds integers */
export function tensorFloat32(buffer: SafetensorsBuffer, entry: TensorEntry): Float32Array<ArrayBuffer> {
  const values = new Float32Array(elements(entry));
  decodeFloats(floatDtype(buffer, entry), tensorBytes(buffer, entry), values);
  return values;
}

/** The tensor's values, row-major. @throws EngineError `safetensors.dtype` when it holds anything but int64 */
export function tensorInt64(buffer: SafetensorsBuffer, entry: TensorEntry): BigInt64Array<ArrayBuffer> {
  requireDtype(buffer, entry, 'int64');
  return new BigInt64Array(tensorBytes(buffer, entry).buffer);
}
