/**
 * Conversions between float32 and the two 16-bit float formats, on bit patterns held in `Uint16Array`s.
 * Decoding is exact, subnormals included. Encoding rounds to nearest, ties to even, as IEEE 754 does by default.
 * Arrays are in the machine's byte order, which is little-endian on every platform that the runtime supports.
 */

const SMALLEST_HALF_SUBNORMAL = 2 ** -24;
/** float32 bits of 2^-14, the smallest normal half. */
const SMALLEST_NORMAL_BITS = 0x38800000;
/** float32 bits of 65520: halfway between the largest half and 2^16, a tie that goes to infinity. */
const OVERFLOW_BITS = 0x477ff000;
/** Difference of the exponent biases (127 - 15), in place. */
const REBIAS = 0x38000000;
/** Adding and subtracting it rounds a non-negative float64 below it to an integer, ties to even. */
const ROUND_TO_INTEGER = 2 ** 52;

/** Bit patterns of IEEE half floats -> their float32 values, exactly. `out` must have room for every element. */
export function halfToFloat32(
  bits: Uint16Array,
  out: Float32Array<ArrayBuffer> = new Float32Array(bits.length),
): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i]!;
    const sign = (half & 0x8000) << 16;
    const magnitude = half & 0x7fff;
    if (magnitude >= 0x7c00) {
      words[i] = sign | 0x7f800000 | ((magnitude & 0x3ff) << 13);
    } else if (magnitude >= 0x400) {
      words[i] = sign | ((magnitude << 13) + REBIAS);
    } else {
      const value = magnitude * SMALLEST_HALF_SUBNORMAL;
      out[i] = sign === 0 ? value : -value;
    }
  }
  return out;
}

/** Bit patterns of bfloat16 numbers -> their float32 values, exactly. `out` must have room for every element. */
export function bfloat16ToFloat32(
  bits: Uint16Array,
  out: Float32Array<ArrayBuffer> = new Float32Array(bits.length),
): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
  return out;
}

/** float32 values -> bit patterns of the nearest halves, ties to even; from 65520 on they become infinity. */
export function float32ToHalf(values: Float32Array): Uint16Array<ArrayBuffer> {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      out[i] = sign | 0x7e00;
    } else if (magnitude >= OVERFLOW_BITS) {
      out[i] = sign | 0x7c00;
    } else if (magnitude >= SMALLEST_NORMAL_BITS) {
      const roundUp = 0xfff + ((magnitude >>> 13) & 1);
      out[i] = sign | ((magnitude - REBIAS + roundUp) >>> 13);
    } else {
      const steps = Math.abs(values[i]!) / SMALLEST_HALF_SUBNORMAL;
      out[i] = sign | (steps + ROUND_TO_INTEGER - ROUND_TO_INTEGER);
    }
  }
  return out;
}
