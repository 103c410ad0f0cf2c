/** When what is killed: everything follows from one seed, so that a finding can be had again. */

export type Act = 'import' | 'label' | 'train' | 'export';
export type Victim = 'engine' | 'core' | 'everything';

export interface Kill {
  readonly act: Act;
  readonly victim: Victim;
  /** Of the time that the act takes undisturbed. */
  readonly moment: number;
  /** Whether a run that was cut off goes on to its end now, or waits to be cut off again. */
  readonly finishes: boolean;
}

const acts: readonly Act[] = ['import', 'label', 'train', 'export'];
/** Only training and export have an engine at work. */
const victims: Readonly<Record<Act, readonly Victim[]>> = {
  import: ['core', 'everything'],
  label: ['core', 'everything'],
  train: ['engine', 'core', 'everything'],
  export: ['engine', 'core', 'everything'],
};

/** Uniform in [0, 1), the same numbers for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Acts in turn, so that a short list has some of each; all else is drawn. */
export function killPlan(seed: number, kills: number): readonly Kill[] {
  const random = seededRandom(seed);
  return Array.from({ length: kills }, (_, at) => {
    const act = acts[at % acts.length] ?? 'label';
    const among = victims[act];
    const victim = among[Math.floor(random() * among.length)] ?? 'core';
    return { act, victim, moment: random(), finishes: random() < 0.5 };
  });
}
