/**
 * The six kinds of parts, each a signed distance to its outline and a relief on top. They differ in structure alone: teeth,
 * balls, a gap, a slot, six sides. Size, material, pose, light and ground are drawn alike for all of them.
 */
import type { Random } from './random.ts';

/** In units of the part's outer radius, centre at 0, 0. */
export interface Shape {
  /** Distance to the outline, negative inside. */
  readonly distance: (x: number, y: number) => number;
  /** Height of the surface inside the outline. */
  readonly relief: (x: number, y: number, distance: number) => number;
}

export const partNames = ['ball-bearing', 'gear', 'hex-nut', 'lock-washer', 'screw-head', 'washer'] as const;
export type PartName = (typeof partNames)[number];

export function randomPart(name: PartName, random: Random): Shape {
  return makers[name](random);
}

const makers: Readonly<Record<PartName, (random: Random) => Shape>> = {
  'ball-bearing': ballBearing,
  gear,
  'hex-nut': hexNut,
  'lock-washer': lockWasher,
  'screw-head': screwHead,
  washer,
};

const TURN = 2 * Math.PI;

function ring(x: number, y: number, inner: number): number {
  const r = Math.hypot(x, y);
  return Math.max(r - 1, inner - r);
}

/** 0 at the outline, rising to 1 over `width`, rounded. */
function bevel(distance: number, width: number): number {
  const t = Math.min(1, Math.max(0, -distance / width));
  return Math.sqrt(t * (2 - t));
}

function washer(random: Random): Shape {
  const inner = random.between(0.36, 0.64);
  const [height, edge] = [random.between(0.1, 0.24), random.between(0.04, 0.16)];
  const dish = random.between(-0.12, 0.12);
  return {
    distance: (x, y) => ring(x, y, inner),
    relief: (x, y, d) => height * bevel(d, edge) + dish * (Math.hypot(x, y) - inner),
  };
}

function lockWasher(random: Random): Shape {
  const inner = random.between(0.4, 0.66);
  const [height, edge] = [random.between(0.14, 0.26), random.between(0.06, 0.16)];
  const gap = random.between(0.06, 0.15);
  const slant = random.between(0.2, 0.7) * (random.chance(0.5) ? 1 : -1);
  const lift = random.between(0.08, 0.2);
  return {
    // The cut runs along +x, slanted; its two ends stand at different heights.
    distance: (x, y) => {
      const cut = x > 0 ? gap - Math.abs(y - slant * (x - 0.8)) : -1;
      return Math.max(ring(x, y, inner), cut);
    },
    relief: (x, y, d) => height * bevel(d, edge) + (lift * Math.atan2(-y, -x)) / Math.PI,
  };
}

function hexNut(random: Random): Shape {
  const inner = random.between(0.4, 0.56);
  const height = random.between(0.2, 0.36);
  const chamfer = random.between(0.5, 1.4);
  const rounding = random.between(0, 0.12);
  const apothem = Math.cos(Math.PI / 6);
  return {
    distance: (x, y) => {
      const [ax, ay] = [Math.abs(x), Math.abs(y)];
      const hexagon = Math.max(ay, ax * apothem + ay * 0.5) - apothem * (1 - rounding);
      const rounded = Math.max(hexagon, Math.hypot(x, y) - 1 + rounding * 0.6);
      return Math.max(rounded, inner - Math.hypot(x, y));
    },
    relief: (x, y, d) => {
      const r = Math.hypot(x, y);
      const thread = r < inner + 0.1 ? (r - inner - 0.1) * 1.2 : 0;
      return height * bevel(d, 0.05) - chamfer * 0.25 * Math.max(0, r - 0.8) + thread;
    },
  };
}

function gear(random: Random): Shape {
  const teeth = random.integer(12, 28);
  const depth = random.between(0.07, 0.16);
  const inner = random.between(0.2, 0.5);
  const sharpness = random.between(1.2, 3);
  const height = random.between(0.14, 0.28);
  const web = random.chance(0.5) ? random.between(0.05, 0.12) : 0;
  return {
    distance: (x, y) => {
      const r = Math.hypot(x, y);
      const wave = Math.cos(teeth * Math.atan2(y, x)) * sharpness;
      const rim = 1 - depth / 2 + (depth / 2) * Math.min(1, Math.max(-1, wave));
      // The flanks are steep: the radial difference overstates the distance.
      return Math.max((r - rim) * 0.7, inner - r);
    },
    relief: (x, y, d) => {
      const r = Math.hypot(x, y);
      const recessed = web > 0 && r > inner + 0.14 && r < 1 - depth - 0.12;
      return height * bevel(d, 0.05) - (recessed ? web : 0);
    },
  };
}

function ballBearing(random: Random): Shape {
  const inner = random.between(0.36, 0.52);
  const balls = random.integer(7, 12);
  const width = 1 - inner;
  const middle = inner + width / 2;
  const radius = Math.min(width * 0.27, (middle * Math.PI) / balls - 0.01);
  const height = random.between(0.16, 0.28);
  const groove = random.between(0.1, 0.18);
  const sealed = random.chance(0.2);
  const phase = random.between(0, TURN);
  return {
    distance: (x, y) => ring(x, y, inner),
    relief: (x, y, d) => {
      const r = Math.hypot(x, y);
      const base = height * bevel(d, 0.04);
      if (Math.abs(r - middle) > width * 0.27) return base;
      if (sealed) return base - groove * 0.4;
      const step = TURN / balls;
      const angle = Math.atan2(y, x) + phase;
      const away = (angle - Math.round(angle / step) * step) * r;
      const ball = radius ** 2 - away ** 2 - (r - middle) ** 2;
      return base - groove + (ball > 0 ? Math.sqrt(ball) * 0.9 : 0);
    },
  };
}

function screwHead(random: Random): Shape {
  const dome = random.between(0.1, 0.4);
  const height = random.between(0.08, 0.2);
  const [long, wide] = [random.between(0.4, 0.72), random.between(0.08, 0.14)];
  const depth = random.between(0.12, 0.26);
  const drive = random.pick(['cross', 'slot', 'hexagon']);
  const box = (x: number, y: number, a: number, b: number): number => Math.max(Math.abs(x) - a, Math.abs(y) - b);
  const recess = (x: number, y: number): number => {
    if (drive === 'slot') return box(x, y, 1.1, wide);
    if (drive === 'cross') return Math.min(box(x, y, long, wide), box(y, x, long, wide));
    return Math.max(Math.abs(y), Math.abs(x) * 0.866 + Math.abs(y) * 0.5) - long * 0.75;
  };
  return {
    distance: (x, y) => Math.hypot(x, y) - 1,
    relief: (x, y, d) => {
      const r2 = Math.min(1, x * x + y * y);
      const cut = Math.min(1, Math.max(0, -recess(x, y) / 0.05));
      return height * bevel(d, 0.08) + dome * (1 - r2) - depth * cut;
    },
  };
}
