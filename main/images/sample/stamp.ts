/** Lays a part onto the canvas: pose, material, wear and an outline without stairs. */
import type { Canvas } from './canvas.ts';
import { valueNoise } from './noise.ts';
import type { Random } from './random.ts';
import type { Shape } from './shapes.ts';

export interface Pose {
  /** Centre and outer radius in pixels. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

type Colour = readonly [number, number, number];
interface Material {
  readonly colour: Colour;
  readonly gloss: number;
}

/** Every kind of part comes in all of them: colour tells nothing. */
const materials: readonly [Material, ...Material[]] = [
  { colour: [0.5, 0.51, 0.53], gloss: 0.8 },
  { colour: [0.36, 0.37, 0.38], gloss: 0.55 },
  { colour: [0.62, 0.47, 0.2], gloss: 0.7 },
  { colour: [0.5, 0.27, 0.16], gloss: 0.6 },
  { colour: [0.06, 0.06, 0.07], gloss: 0.45 },
  { colour: [0.3, 0.17, 0.1], gloss: 0.1 },
  { colour: [0.45, 0.08, 0.07], gloss: 0.4 },
  { colour: [0.08, 0.16, 0.4], gloss: 0.4 },
  { colour: [0.75, 0.75, 0.7], gloss: 0.3 },
];

export function stamp(canvas: Canvas, shape: Shape, { x: cx, y: cy, radius }: Pose, random: Random): void {
  const { colour, gloss } = random.pick(materials);
  const shade = random.between(0.75, 1.25);
  const [rustAmount, scratchAmount] = [random.chance(0.35) ? random.between(0.2, 0.7) : 0, random.between(0, 0.4)];
  const noise = valueNoise(random);
  // Seen from the side a circle becomes an ellipse: x' is the tilted axis, at angle `lean` in the picture.
  const [lean, tilt, turn] = [random.between(0, Math.PI), random.between(0.74, 1), random.between(0, 2 * Math.PI)];
  const [cosLean, sinLean, cosTurn, sinTurn] = [Math.cos(lean), Math.sin(lean), Math.cos(turn), Math.sin(turn)];
  const reach = Math.ceil(radius * 1.05) + 1;
  const { size } = canvas;
  for (let y = Math.max(0, Math.floor(cy - reach)); y < Math.min(size, cy + reach); y++) {
    for (let x = Math.max(0, Math.floor(cx - reach)); x < Math.min(size, cx + reach); x++) {
      const [dx, dy] = [(x - cx) / radius, (y - cy) / radius];
      const along = (dx * cosLean + dy * sinLean) / tilt;
      const across = dy * cosLean - dx * sinLean;
      const u = along * cosTurn - across * sinTurn;
      const v = along * sinTurn + across * cosTurn;
      const distance = shape.distance(u, v);
      const cover = Math.min(1, Math.max(0, 0.5 - distance * radius * tilt));
      if (cover === 0) continue;
      const i = y * size + x;
      const relief = 0.12 + shape.relief(u, v, distance);
      const rust = rustAmount > 0 && noise(u * 5, v * 5) * noise(u * 13, v * 13) > 0.45 - rustAmount * 0.4 ? 1 : 0;
      const scratch = 1 + scratchAmount * (noise(u * 3 + v * 40, v * 3 - u * 2) - 0.5);
      canvas.height[i]! += (Math.max(0.02, relief) * radius - canvas.height[i]!) * cover;
      canvas.gloss[i]! += ((rust ? 0.05 : gloss) - canvas.gloss[i]!) * cover;
      for (let c = 0; c < 3; c++) {
        const own = (rust ? rusty[c]! * (0.6 + 0.8 * noise(u * 30, v * 30)) : colour[c]! * shade) * scratch;
        canvas.colour[3 * i + c]! += (own - canvas.colour[3 * i + c]!) * cover;
      }
    }
  }
}

const rusty: Colour = [0.28, 0.13, 0.06];
