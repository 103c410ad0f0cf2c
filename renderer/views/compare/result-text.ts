/** Figures of a comparison with their units. */
import type { Comparison } from '#app/contract/runs.ts';
import { bytes, duration, number, percent } from '../../format.ts';
import type { Spread } from './seeds.ts';

type Unit = Comparison['results'][number]['unit'];

export function resultText(value: number | null, unit: Unit): string {
  if (value === null) return '–';
  switch (unit) {
    case 'share':
      return percent(value);
    case 'seconds':
      return duration(value);
    case 'bytes':
      return bytes(value);
    case 'number':
      return Number.isInteger(value) ? number(value) : value.toFixed(3);
    default:
      return unit satisfies never;
  }
}

/** `83.1% ± 0.6 (n = 3)`; a spread of seconds or bytes in the unit of its mean. */
export function spreadText(spread: Spread | null, unit: Unit): string {
  if (spread === null) return '–';
  const { mean, deviation, n } = spread;
  const shown = resultText(mean, unit);
  if (deviation === null) return `${shown} (n = ${n})`;
  const around = unit === 'share' ? (100 * deviation).toFixed(1) : resultText(deviation, unit);
  return `${shown} ± ${around} (n = ${n})`;
}
