/** What the page's own clock (`page/clock.ts`) tells. Times are milliseconds of the page (`performance.now()`). */

/** `rows`: every photo in sight has its row. `whole`: and its decoded picture. Both once painted. */
export interface Arrival {
  readonly start: number;
  readonly rows: number;
  readonly whole: number;
}

export interface Frame {
  readonly at: number;
  /** Every place in sight has its row and its decoded picture. */
  readonly whole: boolean;
}

export interface PageClock {
  /** Milliseconds since 1970 at which the Projects screen with its covers was painted. */
  readonly projects: Promise<number>;
  /** From the next click until the grid shows other photos than now; `awaitArrival` gives it. */
  watchClick(): void;
  /** From the next character typed. */
  watchTyping(): void;
  awaitArrival(): Promise<Arrival>;
  startFrames(): void;
  /** Those between the first and the last movement of the grid. */
  stopFrames(): readonly Frame[];
  /** Height of a line of the grid, gap included. */
  lineHeight(): number;
  /** From the key to the next photo's being painted, of every label so far. */
  labels(): readonly number[];
  /** Resolves once there are so many. */
  awaitLabels(count: number): Promise<void>;
}
