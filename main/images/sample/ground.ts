/** What the parts lie on: six kinds of work surfaces, each with its own texture, in colours that overlap. */
import type { Canvas } from './canvas.ts';
import { cloudy, valueNoise } from './noise.ts';
import type { Noise } from './noise.ts';
import type { Random } from './random.ts';

/** Brightness factor, height in pixels and gloss at a point given in units of 1/256 of the picture. */
type Texture = (x: number, y: number) => { tone: number; height: number; gloss: number };

const textures: readonly [(random: Random, noise: Noise) => Texture, ...((random: Random, noise: Noise) => Texture)[]] =
  [
    function wood(random, noise) {
      const stretch = random.between(0.05, 0.12);
      const grain = random.between(0.06, 0.2);
      return (x, y) => {
        const rings = Math.sin((noise(x * 0.01, y * stretch) * 9 + y * 0.02) * 6.3);
        const fibre = noise(x * 0.03, y * 0.9);
        return { tone: 1 + grain * rings + 0.25 * (fibre - 0.5), height: 0.5 * fibre, gloss: 0.05 };
      };
    },
    function brushedMetal(random, noise) {
      const strength = random.between(0.15, 0.4);
      return (x, y) => {
        const line = noise(x * 0.015, y * 1.3);
        return { tone: 0.9 + strength * (line - 0.5), height: 0.35 * line, gloss: 0.35 };
      };
    },
    function stone(random, noise) {
      const strength = random.between(0.3, 0.8);
      return (x, y) => {
        const grain = noise(x * 0.45, y * 0.45) * noise(x * 0.13 + 9, y * 0.13);
        return { tone: 0.75 + strength * grain, height: 0.8 * grain, gloss: 0.1 };
      };
    },
    function cloth(random, noise) {
      const pitch = random.between(0.7, 1.5);
      return (x, y) => {
        const weave = Math.sin(x * pitch) * Math.sin(y * pitch);
        return { tone: 0.95 + 0.12 * weave + 0.2 * (noise(x * 0.05, y * 0.05) - 0.5), height: 0.6 * weave, gloss: 0 };
      };
    },
    function ribbedBelt(random, noise) {
      const pitch = random.between(0.12, 0.3);
      const height = random.between(0.8, 2.5);
      return (x, y) => {
        const rib = Math.max(0, Math.sin(x * pitch));
        return { tone: 0.85 + 0.3 * noise(x * 0.3, y * 0.3), height: height * rib, gloss: 0.12 };
      };
    },
    function stainedPaper(random, noise) {
      const clouds = cloudy(noise);
      const strength = random.between(0.2, 0.7);
      return (x, y) => {
        const stain = clouds(x * 0.025, y * 0.025);
        const fibre = noise(x * 0.6, y * 0.6);
        return { tone: 1 + strength * (stain - 0.5) + 0.08 * (fibre - 0.5), height: 0.3 * fibre, gloss: 0.02 };
      };
    },
  ];

export function paintGround(canvas: Canvas, random: Random): void {
  const texture = random.pick(textures)(random, valueNoise(random));
  const brightness = random.between(0.08, 0.6);
  const tint = [random.between(0.75, 1.15), random.between(0.8, 1.05), random.between(0.65, 1.1)];
  const angle = random.between(0, 2 * Math.PI);
  const { size } = canvas;
  const unit = 256 / size;
  const [cos, sin] = [Math.cos(angle) * unit, Math.sin(angle) * unit];
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i++) {
      const { tone, height, gloss } = texture(x * cos - y * sin + 512, x * sin + y * cos + 512);
      canvas.height[i] = height / unit;
      canvas.gloss[i] = gloss;
      for (let c = 0; c < 3; c++) canvas.colour[3 * i + c] = Math.max(0.01, brightness * tone * tint[c]!);
    }
  }
}
