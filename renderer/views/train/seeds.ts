/** Seeds as people write them: `1, 2, 5-7`. */
import { MOST_RUNS } from './members.ts';

export type Seeds =
  { readonly seeds: readonly number[]; readonly problem: null } | { readonly seeds: null; readonly problem: string };

/** Each seed once, in the order in which it was written. */
export function parseSeeds(text: string): Seeds {
  const seeds = new Set<number>();
  const parts = text
    .replace(/(\d)\s*[-–]\s*(\d)/g, '$1-$2')
    .split(/[\s,;]+/)
    .filter((part) => part !== '');
  for (const part of parts) {
    const match = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part);
    if (match === null) {
      return problem(`"${part}" is not a seed. Seeds are whole numbers from 0, such as 0 or 1-3.`);
    }
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) return problem(`"${part}" runs backwards. Write the smaller number first.`);
    for (let seed = first; seed <= last; seed++) {
      seeds.add(seed);
      if (seeds.size > MOST_RUNS) return problem(`More than ${MOST_RUNS} seeds. Start them in several goes.`);
    }
  }
  return seeds.size === 0
    ? problem('Write at least one seed, such as 0. One run is trained for each.')
    : { seeds: [...seeds], problem: null };
}

function problem(text: string): Seeds {
  return { seeds: null, problem: text };
}
