/**
 * The images on which a pack proves that it is applied rightly: smooth colour, texture and edges from nothing but whole
 * numbers of 32 bits, so that every language gives the same bytes. Specified in docs/pack-format.md, "Self-test";
 * what is specified there never changes under the same generator version.
 */
const SEED = 0;

function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

function key(...values: readonly number[]): number {
  let hash = SEED;
  for (const value of values) hash = mix(hash ^ (value + 0x9e3779b9));
  return hash;
}

/** Random bytes on a lattice of `cells` x `cells` squares, linear in between: values 0..255, [size, size]. */
function noise(size: number, image: number, layer: number, cells: number): Uint8Array {
  // One point more than needed on each side: the last one has weight 0.
  const points = cells + 2;
  const lattice = Uint8Array.from(
    { length: points * points },
    (_, i) => key(image, layer, cells, Math.floor(i / points), i % points) & 255,
  );
  const field = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    const ty = Math.floor((y * cells * 256) / size);
    const fy = ty & 255;
    const row = (ty >> 8) * points;
    for (let x = 0; x < size; x++) {
      const tx = Math.floor((x * cells * 256) / size);
      const fx = tx & 255;
      const at = row + (tx >> 8);
      const top = lattice[at]! * (256 - fx) + lattice[at + 1]! * fx;
      const bottom = lattice[at + points]! * (256 - fx) + lattice[at + points + 1]! * fx;
      field[y * size + x] = (top * (256 - fy) + bottom * fy) >> 16;
    }
  }
  return field;
}

/** Image number `index` as RGB bytes [imageSize, imageSize, 3]: what a decoded and resized photo would be. */
export function selfTestPixels(imageSize: number, index: number): Uint8Array {
  const [coarse, fine] = [noise(imageSize, index, 3, 5), noise(imageSize, index, 3, 11)];
  const region = noise(imageSize, index, 7, 3);
  const pixels = new Uint8Array(imageSize * imageSize * 3);
  for (let channel = 0; channel < 3; channel++) {
    const [colour, grain] = [noise(imageSize, index, channel, 2), noise(imageSize, index, 4 + channel, 29)];
    for (let i = 0; i < region.length; i++) {
      const soft = (4 * colour[i]! + 2 * coarse[i]! + fine[i]! + grain[i]!) >> 3;
      const value = Math.min(Math.max(2 * soft - 128, 0), 255);
      pixels[3 * i + channel] = region[i]! > 127 ? 255 - value : value;
    }
  }
  return pixels;
}
