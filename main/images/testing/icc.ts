/** Small ICC profiles for tests, written from ICC.1:2022 so that the conversion can be worked out by hand beside them. */

function fixed(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeInt32BE(Math.round(value * 65_536));
  return out;
}

function xyz(x: number, y: number, z: number): Buffer {
  return Buffer.concat([Buffer.from('XYZ \0\0\0\0', 'latin1'), fixed(x), fixed(y), fixed(z)]);
}

/** curveType with one gamma value (in units of 1/256). */
export function gammaCurve(gamma: number): Buffer {
  const out = Buffer.alloc(16);
  out.write('curv', 'latin1');
  out.writeUInt32BE(1, 8);
  out.writeUInt16BE(Math.round(gamma * 256), 12);
  return out;
}

/** curveType with samples of 0..1. */
export function sampledCurve(samples: readonly number[]): Buffer {
  const out = Buffer.alloc(12 + 2 * samples.length);
  out.write('curv', 'latin1');
  out.writeUInt32BE(samples.length, 8);
  samples.forEach((sample, i) => out.writeUInt16BE(Math.round(sample * 65_535), 12 + 2 * i));
  return out;
}

/** parametricCurveType. */
export function parametricCurve(kind: number, parameters: readonly number[]): Buffer {
  const head = Buffer.alloc(12);
  head.write('para', 'latin1');
  head.writeUInt16BE(kind, 8);
  return Buffer.concat([head, ...parameters.map(fixed)]);
}

function profile(colourSpace: 'GRAY' | 'RGB ', tags: Readonly<Record<string, Buffer>>): Buffer {
  const all = Object.entries({
    desc: Buffer.concat([Buffer.from('desc\0\0\0\0\0\0\0\x05test\0', 'latin1'), Buffer.alloc(79)]),
    cprt: Buffer.from('text\0\0\0\0none\0', 'latin1'),
    wtpt: xyz(0.9642, 1, 0.8249),
    ...tags,
  });
  const table = Buffer.alloc(4 + 12 * all.length);
  table.writeUInt32BE(all.length);
  const bodies: Buffer[] = [];
  let at = 128 + table.length;
  all.forEach(([name, data], i) => {
    table.write(name, 4 + 12 * i, 'latin1');
    table.writeUInt32BE(at, 8 + 12 * i);
    table.writeUInt32BE(data.length, 12 + 12 * i);
    const padded = Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
    bodies.push(padded);
    at += padded.length;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(at, 0);
  header.writeUInt32BE(0x02400000, 8);
  header.write(`mntr${colourSpace}XYZ `, 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  xyz(0.9642, 1, 0.8249).copy(header, 68, 8);
  return Buffer.concat([header, table, ...bodies]);
}

export function greyProfile(curve: Buffer): Buffer {
  return profile('GRAY', { kTRC: curve });
}

/** Adobe RGB (1998): its colorants adapted to D50, gamma 563/256. */
export function adobeRgbProfile(): Buffer {
  const curve = gammaCurve(563 / 256);
  return profile('RGB ', {
    rXYZ: xyz(...adobeColorants.red),
    gXYZ: xyz(...adobeColorants.green),
    bXYZ: xyz(...adobeColorants.blue),
    rTRC: curve,
    gTRC: curve,
    bTRC: curve,
  });
}

const adobeColorants = {
  red: [0.60974, 0.31111, 0.01947],
  green: [0.20528, 0.62567, 0.06087],
  blue: [0.14919, 0.06322, 0.74457],
} as const;

/** XYZ (D50) to linear sRGB. */
const toSrgb = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
] as const;

/** sRGB's encoding, luminance 0..1 -> value 0..1. */
export function encodeSrgb(y: number): number {
  return y <= 0.0031308 ? 12.92 * Math.max(0, y) : 1.055 * Math.min(1, y) ** (1 / 2.4) - 0.055;
}

/** An Adobe RGB colour as sRGB, both 0..1, worked out from the definitions. */
export function adobeToSrgb(colour: readonly [number, number, number]): number[] {
  const [r, g, b] = colour.map((v) => v ** (563 / 256)) as [number, number, number];
  const { red, green, blue } = adobeColorants;
  const [x, y, z] = [0, 1, 2].map((i) => red[i]! * r + green[i]! * g + blue[i]! * b) as [number, number, number];
  return toSrgb.map((row) => encodeSrgb(row[0] * x + row[1] * y + row[2] * z));
}
