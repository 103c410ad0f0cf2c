/** What the rules need to know of the machine and the person, and the little that ECMAScript cannot do itself. */
import type { BackboneSpec } from '../domain/backbone.ts';
import type { MemoryChoice } from '../domain/choose-memory.ts';
import type { Machine } from '../domain/choose-plan.ts';
import type { Method } from '../domain/run-config.ts';

export interface ForecastRun extends MemoryChoice {
  readonly spec: BackboneSpec;
  readonly method: Method;
  readonly classes: number;
  readonly cached: boolean;
}

export interface Host {
  /** This program's own version. */
  readonly appVersion: string;
  /** The user's name in the operating system. */
  readonly actor: string;
  /** Of a text's UTF-8 bytes, 64 hex digits. */
  sha256(text: string): string;
  machine(): Machine;
  /** Peak in bytes of the engine process of a run, forecast from its graphs: nothing is loaded or run. */
  forecastPeak(run: ForecastRun): number;
}
