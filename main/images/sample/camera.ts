/** Light, lens and sensor: from the canvas to 8-bit pixels with everything that makes a snapshot imperfect. */
import type { Canvas } from './canvas.ts';
import type { Random } from './random.ts';

/** [size, size, 3] sRGB bytes. */
export function photograph(canvas: Canvas, random: Random): Uint8Array {
  const light = lit(canvas, random);
  blur(light, canvas.size, random.between(0.3, 1.5) * (canvas.size / 256));
  return developed(light, canvas.size, random);
}

const SHADOW_STEPS = 10;

/** One lamp with cast shadows, a sky that is brighter on one side, and the lamp's reflection on glossy surfaces. */
function lit({ size, height, colour, gloss }: Canvas, random: Random): Float32Array {
  const direction = random.between(0, 2 * Math.PI);
  const elevation = random.between(0.45, 1.2);
  const [lx, ly, lz] = [
    Math.cos(direction) * Math.cos(elevation),
    Math.sin(direction) * Math.cos(elevation),
    Math.sin(elevation),
  ];
  // Halfway between the lamp and the viewer straight above.
  const half = Math.hypot(lx, ly, lz + 1);
  const [hx, hy, hz] = [lx / half, ly / half, (lz + 1) / half];
  const [lamp, sky] = [random.between(0.7, 1.5), random.between(0.2, 0.6)];
  const shininess = random.between(12, 50);
  const rise = Math.tan(elevation);
  const stride = size / 110;
  const out = new Float32Array(size * size * 3);
  for (let y = 0, i = 0; y < size; y++) {
    const [up, down] = [y === 0 ? 0 : -size, y === size - 1 ? 0 : size];
    for (let x = 0; x < size; x++, i++) {
      const here = height[i]!;
      const gx = (height[x === size - 1 ? i : i + 1]! - height[x === 0 ? i : i - 1]!) * 0.5;
      const gy = (height[i + down]! - height[i + up]!) * 0.5;
      const length = Math.sqrt(gx * gx + gy * gy + 1);
      const [nx, ny, nz] = [-gx / length, -gy / length, 1 / length];
      // The shadow is the softer the further away its caster.
      let visible = 1;
      for (let k = 1; k <= SHADOW_STEPS; k++) {
        const reach = k * stride;
        const [sx, sy] = [Math.round(x + lx * reach), Math.round(y + ly * reach)];
        if (sx < 0 || sy < 0 || sx >= size || sy >= size) break;
        const over = height[sy * size + sx]! - here - reach * rise * Math.cos(elevation);
        if (over > 0) visible = Math.min(visible, Math.max(0, 1 - (over / stride) * (1.2 / Math.sqrt(k))));
      }
      const diffuse = lamp * visible * Math.max(0, nx * lx + ny * ly + nz * lz) + sky * (0.6 + 0.4 * nz + 0.3 * ny);
      const mirror = Math.max(0, nx * hx + ny * hy + nz * hz) ** shininess;
      const reflection = gloss[i]! * (lamp * visible * mirror + 0.25 * sky * (1 - nz));
      for (let c = 0; c < 3; c++) {
        const own = colour[3 * i + c]!;
        out[3 * i + c] = own * diffuse + reflection * (0.4 + 0.6 * own);
      }
    }
  }
  return out;
}

/** Gaussian, rows then columns; edges repeat. */
function blur(light: Float32Array, size: number, sigma: number): void {
  const reach = Math.ceil(2.5 * sigma);
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-((k - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = kernel.reduce((total, w) => total + w, 0);
  const line = new Float32Array(size);
  for (const [step, next] of [
    [3, 3 * size],
    [3 * size, 3],
  ] as const) {
    for (let row = 0; row < size; row++) {
      for (let c = 0; c < 3; c++) {
        const start = row * next + c;
        for (let i = 0; i < size; i++) line[i] = light[start + i * step]!;
        for (let i = 0; i < size; i++) {
          let total = 0;
          for (let k = -reach; k <= reach; k++) {
            const at = i + k < 0 ? 0 : i + k >= size ? size - 1 : i + k;
            total += line[at]! * kernel[k + reach]!;
          }
          light[start + i * step] = total / sum;
        }
      }
    }
  }
}

/** Exposure, white balance, vignetting, shot and read noise, and the sRGB curve. */
function developed(light: Float32Array, size: number, random: Random): Uint8Array {
  let mean = 0;
  for (const value of light) mean += value;
  mean /= light.length;
  // The camera exposes for a mean grey, not quite right.
  const exposure = (0.2 / Math.max(0.02, mean)) * 2 ** random.between(-0.9, 0.7);
  const balance = [random.between(0.85, 1.15), 1, random.between(0.82, 1.18)];
  const vignette = random.between(0, 0.5);
  const [shot, read] = [random.between(0.01, 0.045), random.between(0.002, 0.012)];
  const bytes = new Uint8Array(light.length);
  // Normal numbers are dear: a table of them, entered at random.
  const normals = Float32Array.from({ length: 4096 }, random.normal);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const off = ((2 * x) / size - 1) ** 2 + ((2 * y) / size - 1) ** 2;
      const gain = exposure * (1 - 0.5 * vignette * off);
      for (let c = 0; c < 3; c++, i++) {
        const value = light[i]! * gain * balance[c]!;
        const noise = normals[Math.floor(random.next() * 4096)]! * (shot * Math.sqrt(Math.max(0, value)) + read);
        bytes[i] = encoding[Math.min(4095, Math.max(0, Math.round((value + noise) * 4095)))]!;
      }
    }
  }
  return bytes;
}

/** Linear 0..4095 -> sRGB 0..255. */
const encoding = Uint8Array.from({ length: 4096 }, (_, i) => {
  const y = i / 4095;
  return Math.round(255 * (y <= 0.0031308 ? 12.92 * y : 1.055 * y ** (1 / 2.4) - 0.055));
});
