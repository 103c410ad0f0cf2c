import { describe, expect, it } from 'vitest';
import { fitted, panned, zoomed } from './zoom.ts';

const stage = { width: 1000, height: 500 };
const middle = { x: 0.5, y: 0.5 };

describe('a photo on the stage', () => {
  it('is seen whole, in the middle', () => {
    expect(fitted({ width: 2000, height: 2000 }, stage, 1)).toEqual({ width: 500, height: 500, x: 250, y: 0 });
  });

  it('is enlarged a little where it is small, and never beyond the stage', () => {
    expect(fitted({ width: 100, height: 50 }, stage, 1)).toEqual({ width: 300, height: 150, x: 350, y: 175 });
    expect(fitted({ width: 100, height: 50 }, stage, 2)).toMatchObject({ width: 150, height: 75 });
    expect(fitted({ width: 900, height: 300 }, stage, 1)).toMatchObject({ width: 1000 });
  });

  it('shows one of its pixels on each of the screen at 1:1', () => {
    expect(zoomed({ width: 4000, height: 3000 }, stage, 2, middle)).toMatchObject({ width: 2000, height: 1500 });
  });

  it('puts the focus in the middle as far as the edges allow', () => {
    const photo = { width: 4000, height: 3000 };
    expect(zoomed(photo, stage, 1, { x: 0.5, y: 0.5 })).toMatchObject({ x: -1500, y: -1250 });
    expect(zoomed(photo, stage, 1, { x: 0, y: 1 })).toMatchObject({ x: 0, y: -2500 });
  });

  it('stays in the middle at 1:1 where it is narrower than the stage', () => {
    expect(zoomed({ width: 100, height: 3000 }, stage, 1, { x: 0.9, y: 0.5 })).toMatchObject({ x: 450, y: -1250 });
  });

  it('fills the stage when a small photo is looked at closer', () => {
    expect(zoomed({ width: 50, height: 25 }, stage, 1, middle)).toEqual({ width: 1000, height: 500, x: 0, y: 0 });
  });

  it('follows the hand by as many pixels, and does not remember what was dragged beyond an edge', () => {
    const photo = { width: 4000, height: 3000 };
    const moved = panned(photo, stage, 1, middle, { x: 100, y: 0 });
    expect(zoomed(photo, stage, 1, moved)).toMatchObject({ x: -1400 });
    const beyond = panned(photo, stage, 1, middle, { x: 9999, y: 0 });
    const back = panned(photo, stage, 1, beyond, { x: -10, y: 0 });
    expect(zoomed(photo, stage, 1, back).x).toBeCloseTo(-10);
  });
});
