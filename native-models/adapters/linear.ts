/** A linear probe: the head alone, on the frozen backbone. */
import { noHooks } from '../models/hooks.ts';
import type { Adapter } from './adapter.ts';

export const linearAdapter: Adapter = {
  inject: () => ({ hooks: noHooks, parameters: new Map() }),
  parameters: () => new Map(),
  initial: () => new Map<string, Float32Array>(),
};
