import { fileURLToPath } from 'node:url';
import type { Evaluation } from '#app/domain/metrics.ts';
import type { Method, Recipe } from '#app/domain/run-config.ts';

/** One run on one split: what it was, and how good it is on photos it never learned from. */
export interface AccuracyRow {
  readonly set: string;
  readonly splitSeed: number;
  readonly trainingSeed: number;
  readonly backbone: string;
  readonly method: Method;
  readonly recipe: Recipe;
  readonly classes: number;
  readonly photos: { readonly train: number; readonly validation: number; readonly test: number };
  readonly dtl: { readonly validation: Evaluation; readonly test: Evaluation };
  readonly probe: { readonly weightDecay: number; readonly validation: Evaluation; readonly test: Evaluation };
  readonly seconds: number;
  readonly runtime: string;
  readonly machine: string;
}

export const rowsPath = fileURLToPath(new URL('../results/accuracy.json', import.meta.url));
