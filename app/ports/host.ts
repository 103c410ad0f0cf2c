/** What the rules need to know of the machine and the person, and the little that ECMAScript cannot do itself. */
import type { BackboneSpec } from '../domain/backbone.ts';
import type { MemoryChoice } from '../domain/choose-memory.ts';
import type { Machine } from '../domain/choose-plan.ts';
import type { Method, WeightPrecision } from '../domain/run-config.ts';

export interface ForecastRun extends MemoryChoice {
  readonly spec: BackboneSpec;
  readonly method: Method;
  readonly classes: number;
  readonly cached: boolean;
  readonly weights: WeightPrecision;
}

export interface RunForecast {
  /** Of the engine process, with so many photos. */
  readonly peakBytes: (photos: number) => number;
  /** Floating-point operations of one photo: in a training step, in an evaluation, and where its features are computed. */
  readonly flops: { readonly step: number; readonly evaluation: number; readonly features: number };
  /** Of the disk while the run is at work: its copy of the backbone in 8 bits, 0 where weights are as they are. */
  readonly copyBytes: number;
}

export interface Host {
  /** This program's own version. */
  readonly appVersion: string;
  /** The user's name in the operating system. */
  readonly actor: string;
  /** Of a text's UTF-8 bytes, 64 hex digits. */
  sha256(text: string): string;
  machine(): Machine;
  /** From the run's graphs: nothing is loaded or run. */
  forecast(run: ForecastRun): RunForecast;
}
