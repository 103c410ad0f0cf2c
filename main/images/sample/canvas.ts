/** The scene before the light: height, colour and gloss of every pixel, seen straight from above. */

export interface Canvas {
  readonly size: number;
  /** [size, size], in pixels above the ground. */
  readonly height: Float32Array;
  /** [size, size, 3], linear reflectance 0..1. */
  readonly colour: Float32Array;
  /** [size, size], 0 dull .. 1 mirror-like. */
  readonly gloss: Float32Array;
}

export function blankCanvas(size: number): Canvas {
  return {
    size,
    height: new Float32Array(size * size),
    colour: new Float32Array(size * size * 3),
    gloss: new Float32Array(size * size),
  };
}
