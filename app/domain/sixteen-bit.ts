/**
 * From 16-bit samples to 8-bit ones. A histogram has 65,536 bins, bin v counting the samples of value v; histograms of
 * single photos are added up to that of a data set, of which two percentiles become the fixed numbers of a mapping.
 */
import type { SixteenBitMapping } from './preprocessing.ts';

export const SIXTEEN_BIT_LEVELS = 65_536;

type Histogram = Uint32Array | Float64Array;

/**
 * Sum of histograms, every photo weighted by its number of samples. Bins are float64, because a data set holds more
 * samples than 32 bits count. Throws RangeError for a histogram that does not have 65,536 bins.
 */
export function mergeHistograms(histograms: Iterable<Histogram>): Float64Array {
  const sum = new Float64Array(SIXTEEN_BIT_LEVELS);
  for (const histogram of histograms) {
    if (histogram.length !== SIXTEEN_BIT_LEVELS) throw new RangeError('A 16-bit histogram has 65,536 bins.');
    for (let v = 0; v < SIXTEEN_BIT_LEVELS; v++) sum[v] = (sum[v] ?? 0) + (histogram[v] ?? 0);
  }
  return sum;
}

/**
 * The mapping that takes the sample value at percentile `low` to 0 and the one at `high` to 255, in percent of all
 * samples. A percentile p is the smallest value v such that at least p percent of the samples are <= v. Where both fall
 * on one value (a flat image), `high` is one above `low`, so that the mapping stays defined. Throws RangeError for an
 * empty histogram and for percentiles out of order.
 */
export function percentileMapping(histogram: Histogram, low = 0.5, high = 99.5): SixteenBitMapping {
  if (!(low >= 0 && low < high && high <= 100)) throw new RangeError('Percentiles need 0 <= low < high <= 100.');
  const lowValue = percentile(histogram, low);
  const highValue = percentile(histogram, high);
  if (highValue > lowValue) return { kind: 'percentiles', low: lowValue, high: highValue };
  return lowValue < SIXTEEN_BIT_LEVELS - 1
    ? { kind: 'percentiles', low: lowValue, high: lowValue + 1 }
    : { kind: 'percentiles', low: lowValue - 1, high: lowValue };
}

function percentile(histogram: Histogram, percent: number): number {
  let total = 0;
  for (const count of histogram) total += count;
  if (total === 0) throw new RangeError('A histogram without samples has no percentiles.');
  // At least one sample: percentile 0 is the smallest value that occurs.
  const wanted = Math.max(1, (percent / 100) * total);
  let seen = 0;
  for (let v = 0; v < histogram.length; v++) {
    seen += histogram[v] ?? 0;
    if (seen >= wanted) return v;
  }
  return histogram.length - 1;
}

/** The 8-bit value of every 16-bit one, 65,536 entries: `round(255 * clamp((v - low) / (high - low), 0, 1))`. */
export function sixteenToEightTable(mapping: SixteenBitMapping): Uint8Array {
  const [low, high] = mapping.kind === 'full-range' ? [0, SIXTEEN_BIT_LEVELS - 1] : [mapping.low, mapping.high];
  if (!(high > low)) throw new RangeError('A 16-bit mapping needs low < high.');
  const table = new Uint8Array(SIXTEEN_BIT_LEVELS);
  for (let v = 0; v < SIXTEEN_BIT_LEVELS; v++) {
    table[v] = Math.round(255 * Math.min(1, Math.max(0, (v - low) / (high - low))));
  }
  return table;
}
