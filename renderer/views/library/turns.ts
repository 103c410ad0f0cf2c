/**
 * Keys in the order they were pressed: one that has to wait for the core (to the last photo of a list that is still being
 * read) holds those behind it, so that none acts on what was chosen before. Where nothing waits, all is done at once.
 */
export interface Turns {
  readonly waiting: boolean;
  /** A promise that `act` returns holds what comes after it, whether it is kept or not. */
  take(act: () => Promise<void> | undefined): void;
}

export function createTurns(): Turns {
  let last: Promise<void> | null = null;
  const hold = (act: Promise<void> | undefined): void => {
    if (act === undefined) return;
    const mine: Promise<void> = act
      .catch(() => undefined)
      .then(() => {
        if (last === mine) last = null;
      });
    last = mine;
  };
  return {
    get waiting() {
      return last !== null;
    },
    take: (act) => hold(last === null ? act() : last.then(act)),
  };
}
