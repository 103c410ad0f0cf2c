/** Learning rates as people write them: `1e-3, 3e-3`, or `1e-4 to 1e-1 by 10`, each the one before times 10. */
import { MOST_RUNS } from './members.ts';

export type LearningRates =
  /** In the order in which they were written; none: the recipe's own. */
  { readonly rates: readonly number[]; readonly problem: null } | { readonly rates: null; readonly problem: string };

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`;
const RANGE = new RegExp(
  String.raw`(${NUMBER})\s*(?:to\b|\.\.|–)\s*(${NUMBER})(?:\s*(?:by\b|x|×|\*)\s*(${NUMBER}))?`,
  'giu',
);
const ALONE = new RegExp(`^${NUMBER}$`, 'iu');
/** What is left of a product such as 1e-4 times 10 after its last digits are rounded off. */
const DIGITS = 6;

export function parseLearningRates(text: string): LearningRates {
  const rates = new Set<number>();
  // A range is one part, whatever spaces it has.
  const parts = text
    .replace(RANGE, (_, from: string, to: string, by?: string) => `${from}..${to}${by === undefined ? '' : `*${by}`}`)
    .split(/[\s,;]+/)
    .filter((part) => part !== '');
  for (const part of parts) {
    const read = readPart(part);
    if (typeof read === 'string') return problem(read);
    for (const rate of read) {
      if (rates.has(rate))
        return problem(`${rate} is there twice. Each learning rate is trained once with every seed.`);
      rates.add(rate);
      if (rates.size > MOST_RUNS) return problem(`More than ${MOST_RUNS} learning rates. Start them in several goes.`);
    }
  }
  return { rates: [...rates], problem: null };
}

/** Its rates, or why it has none. */
function readPart(part: string): readonly number[] | string {
  const [ends = '', by] = part.split('*');
  const [from, to, ...more] = ends.split('..');
  if (from === undefined || to === undefined) return readRate(part);
  if (more.length > 0) return notANumber(part);
  const [first, last] = [readRate(from), readRate(to)];
  if (typeof first === 'string') return first;
  if (typeof last === 'string') return last;
  const [low = 0, high = 0] = [...first, ...last];
  const range = `${from} to ${to}`;
  if (high < low) return `"${range}" runs backwards. Write the smaller learning rate first.`;
  const factor = by === undefined || !ALONE.test(by) ? NaN : Number(by);
  if (Number.isNaN(factor)) return `"${range}" needs a factor from one to the next, such as ${range} by 10.`;
  if (factor <= 1) return `"${range} by ${by}" never ends. The factor has to be above 1, such as 10.`;
  const rates: number[] = [];
  for (let at = 0; rates.length <= MOST_RUNS; at++) {
    const rate = Number((low * factor ** at).toPrecision(DIGITS));
    if (rate > high * (1 + 10 ** -DIGITS)) break;
    rates.push(rate);
  }
  return rates;
}

function readRate(text: string): readonly number[] | string {
  const value = ALONE.test(text) ? Number(text) : NaN;
  if (!Number.isFinite(value)) return notANumber(text);
  return value > 0 ? [value] : `${text} is not above 0, as a learning rate has to be. Decimals have a point: 0.003.`;
}

function notANumber(text: string): string {
  return `"${text}" is not a learning rate. Write numbers such as 0.003 or 3e-3, or 1e-4 to 1e-1 by 10.`;
}

function problem(text: string): LearningRates {
  return { rates: null, problem: text };
}
