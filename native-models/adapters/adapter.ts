/** What a method brings: how it hangs itself into a backbone, and which tensors it trains. One folder or file a method. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import type { BlockHooks } from '../models/hooks.ts';

export interface Injected {
  readonly hooks: BlockHooks;
  /** Trainable values by name, in the order of the pack. */
  readonly parameters: ReadonlyMap<string, Value>;
}

export interface Adapter {
  /** Declares the parameters; throws `adapter.config` for settings that the backbone cannot carry. */
  inject(b: GraphBuilder, spec: BackboneSpec): Injected;
  /** Shapes of the trainable tensors that the loss reaches, by name, the head not among them. */
  parameters(spec: BackboneSpec): ReadonlyMap<string, readonly number[]>;
  /** Values of all of them before the first step. */
  initial(spec: BackboneSpec, seed: number): Map<string, Float32Array>;
}
