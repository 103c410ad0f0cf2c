/** One snapshot: a part of the wanted kind on a work surface, with what else lies about and partly over it. */
import { blankCanvas } from './canvas.ts';
import type { Canvas } from './canvas.ts';
import { photograph } from './camera.ts';
import { paintGround } from './ground.ts';
import type { Random } from './random.ts';
import { randomPart } from './shapes.ts';
import type { PartName, Shape } from './shapes.ts';
import { stamp } from './stamp.ts';
import type { Pose } from './stamp.ts';

/** [size, size, 3] sRGB bytes. */
export function renderScene(name: PartName, size: number, random: Random): Uint8Array {
  const canvas = blankCanvas(size);
  paintGround(canvas, random);
  const pose: Pose = {
    x: size * random.between(0.36, 0.64),
    y: size * random.between(0.36, 0.64),
    radius: size * random.between(0.24, 0.42),
  };
  scatter(canvas, random.integer(0, 5), random);
  stamp(canvas, randomPart(name, random), pose, random);
  if (random.chance(0.5)) coverPartly(canvas, pose, random);
  return photograph(canvas, random);
}

/** Shavings, pellets and rods anywhere. */
function scatter(canvas: Canvas, count: number, random: Random): void {
  for (let i = 0; i < count; i++) {
    const place = { x: canvas.size * random.next(), y: canvas.size * random.next() };
    stamp(canvas, debris(random), { ...place, radius: canvas.size * random.between(0.02, 0.13) }, random);
  }
}

/** A rod or plate that hides up to about a third of the part, from a random side. */
function coverPartly(canvas: Canvas, { x, y, radius }: Pose, random: Random): void {
  const angle = random.between(0, 2 * Math.PI);
  const away = radius * random.between(0.85, 1.35);
  const place = { x: x + Math.cos(angle) * away, y: y + Math.sin(angle) * away };
  stamp(canvas, debris(random), { ...place, radius: radius * random.between(0.5, 1.1) }, random);
}

function debris(random: Random): Shape {
  const kind: 'rod' | 'plate' | 'curl' | 'pellet' = random.pick(['rod', 'plate', 'curl', 'pellet']);
  const thin = random.between(0.08, 0.25);
  const height = random.between(0.08, 0.3);
  const relief = (_x: number, _y: number, d: number): number => height * Math.sqrt(Math.min(1, Math.max(0, -d / thin)));
  switch (kind) {
    case 'rod':
      return { distance: (x, y) => Math.max(Math.abs(x) - 0.95, Math.abs(y) - thin), relief };
    case 'plate': {
      const [a, b] = [random.between(0.3, 0.7), random.between(0.3, 0.7)];
      const skew = random.between(-0.4, 0.4);
      return { distance: (x, y) => Math.max(Math.abs(x + skew * y) - a, Math.abs(y) - b), relief };
    }
    case 'curl': {
      const bend = random.between(0.3, 0.6);
      return {
        distance: (x, y) => Math.max(Math.abs(Math.hypot(x, y - bend) - bend) - thin * 0.4, y - bend * 1.4),
        relief,
      };
    }
    case 'pellet': {
      const flat = 1 + 2 * thin;
      return { distance: (x, y) => Math.hypot(x, y * flat) - 0.6, relief };
    }
  }
}
