/** What the core acknowledged, written down by who asked: the only witness that is not killed. */

export interface StoredEvent {
  readonly photo: number;
  /** Null: the label was taken away. */
  readonly to: number | null;
}

export class Ledger {
  /** Of each photo, the labels that were acknowledged, in order. */
  readonly #acknowledged = new Map<number, (number | null)[]>();
  acknowledged = 0;

  note(photo: number, to: number | null): void {
    this.acknowledged++;
    this.#acknowledged.set(photo, [...(this.#acknowledged.get(photo) ?? []), to]);
  }

  /**
   * What is wrong with the stored history, as sentences. Events that nobody was told of may be there: a label can be
   * committed and its acknowledgement lost with the process.
   */
  missingFrom(events: readonly StoredEvent[]): readonly string[] {
    const stored = new Map<number, (number | null)[]>();
    for (const { photo, to } of events) stored.set(photo, [...(stored.get(photo) ?? []), to]);
    return [...this.#acknowledged].flatMap(([photo, told]) => {
      const kept = stored.get(photo) ?? [];
      let at = 0;
      for (const label of kept) if (label === told[at]) at++;
      return at === told.length
        ? []
        : [`photo ${photo}: label ${String(told[at])} (the ${at + 1}. acknowledged) is not in its history`];
    });
  }
}
