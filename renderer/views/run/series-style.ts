/**
 * How curves are told apart: colours that hold for people who see red and green alike and reach 3:1 on either ground,
 * and a dash each, so that colour is never the only difference.
 */

export interface SeriesStyle {
  readonly light: string;
  readonly dark: string;
  /** Lengths of line and gap; none is a whole line. */
  readonly dash: readonly number[];
}

const colors: readonly (readonly [light: string, dark: string])[] = [
  ['#0067a5', '#5cb8f2'],
  ['#b84a00', '#f0995a'],
  ['#00795a', '#35c79a'],
  ['#a8447e', '#e79ac6'],
  ['#7a5c00', '#e3c94b'],
  ['#5b4bb7', '#ab9ff2'],
  ['#4d5560', '#b4bcc7'],
];
const dashes: readonly (readonly number[])[] = [[], [6, 4], [2, 3], [10, 3, 2, 3], [12, 5]];

/** The style of the curve at a place; colours and dashes come round at different times, so 35 curves differ. */
export function seriesStyle(at: number): SeriesStyle {
  const [light, dark] = colors[at % colors.length] ?? ['#000000', '#ffffff'];
  return { light, dark, dash: dashes[at % dashes.length] ?? [] };
}

/** The dash as SVG writes it, for legends. */
export function dashArray({ dash }: SeriesStyle): string {
  return dash.join(' ');
}
