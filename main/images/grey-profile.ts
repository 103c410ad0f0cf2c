/**
 * The tone curve of a grey ICC profile. libvips converts every other profile itself; it leaves 16-bit grey alone,
 * so that its curve is read here (ICC.1:2022: 7.2 header, 7.3 tag table, 10.6 curveType, 10.18 parametricCurveType).
 */

/** Device value 0..1 -> luminance 0..1 relative to the white point. */
type ToneCurve = (value: number) => number;

const SIGNATURE_AT = 36;
const COLOUR_SPACE_AT = 16;
const TAG_TABLE_AT = 128;

/**
 * For all 65,536 values of 16-bit grey in the space of `profile`, the value of the same grey in sRGB. Undefined where the
 * profile is not a grey one with a readable tone curve; the photo is then taken as sRGB, as libvips does with any
 * broken profile.
 */
export function greyProfileTable(profile: Buffer): Uint16Array | undefined {
  const curve = readToneCurve(profile);
  if (!curve) return undefined;
  const table = new Uint16Array(65_536);
  for (let v = 0; v < table.length; v++) table[v] = Math.round(65_535 * encodeSrgb(curve(v / 65_535)));
  return table;
}

/** IEC 61966-2-1. */
function encodeSrgb(luminance: number): number {
  const y = Math.min(1, Math.max(0, luminance));
  return y <= 0.0031308 ? 12.92 * y : 1.055 * y ** (1 / 2.4) - 0.055;
}

function readToneCurve(profile: Buffer): ToneCurve | undefined {
  const text = (at: number): string => profile.toString('latin1', at, at + 4);
  if (profile.length < TAG_TABLE_AT + 4 || text(SIGNATURE_AT) !== 'acsp' || text(COLOUR_SPACE_AT) !== 'GRAY') {
    return undefined;
  }
  const count = Math.min(profile.readUInt32BE(TAG_TABLE_AT), 100);
  for (let i = 0; i < count; i++) {
    const entry = TAG_TABLE_AT + 4 + 12 * i;
    if (entry + 12 > profile.length) return undefined;
    if (text(entry) !== 'kTRC') continue;
    const at = profile.readUInt32BE(entry + 4);
    const data = profile.subarray(at, at + profile.readUInt32BE(entry + 8));
    if (data.length < 12) return undefined;
    const kind = data.toString('latin1', 0, 4);
    return kind === 'curv' ? sampledCurve(data) : kind === 'para' ? parametricCurve(data) : undefined;
  }
  return undefined;
}

function sampledCurve(data: Buffer): ToneCurve | undefined {
  const count = data.readUInt32BE(8);
  if (count === 0) return (x) => x;
  if (data.length < 12 + 2 * count) return undefined;
  if (count === 1) {
    const gamma = data.readUInt16BE(12) / 256;
    return (x) => x ** gamma;
  }
  const samples = Float64Array.from({ length: count }, (_, i) => data.readUInt16BE(12 + 2 * i) / 65_535);
  return (x) => {
    const position = x * (count - 1);
    const i = Math.min(count - 2, Math.floor(position));
    return samples[i]! + (samples[i + 1]! - samples[i]!) * (position - i);
  };
}

function parametricCurve(data: Buffer): ToneCurve | undefined {
  const kind = data.readUInt16BE(8);
  const length = [1, 3, 4, 5, 7][kind];
  if (length === undefined || data.length < 12 + 4 * length) return undefined;
  const parameters = Array.from({ length }, (_, i) => data.readInt32BE(12 + 4 * i) / 65_536);
  const [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = parameters;
  switch (kind) {
    case 0:
      return (x) => x ** g;
    case 1:
      return (x) => (x >= -b / a ? (a * x + b) ** g : 0);
    case 2:
      return (x) => (x >= -b / a ? (a * x + b) ** g + c : c);
    default:
      return (x) => (x >= d ? (a * x + b) ** g + e : c * x + f);
  }
}
