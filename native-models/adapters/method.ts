/** The methods that can be trained on a frozen backbone: what each adds to the graph and which tensors it trains. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { featureWidth } from '../models/backbone-spec.ts';
import type { BlockHooks } from '../models/hooks.ts';
import { noHooks } from '../models/hooks.ts';
import type { DtlConfig } from './dtl/config.ts';
import { dtlParameters } from './dtl/config.ts';
import { initialDtl } from './dtl/init.ts';
import { injectDtl } from './dtl/inject.ts';
import { headParameters } from './head.ts';

export type Method = (DtlConfig & { readonly name: 'dtl' | 'dtl+' }) | { readonly name: 'linear' };

export function injectMethod(
  b: GraphBuilder,
  spec: BackboneSpec,
  method: Method,
): { readonly hooks: BlockHooks; readonly parameters: ReadonlyMap<string, Value> } {
  return method.name === 'linear' ? { hooks: noHooks, parameters: new Map() } : injectDtl(b, spec, method);
}

/** Shapes of the side network's trainable tensors, the head not counted. */
export function sideParameters(method: Method, spec: BackboneSpec): ReadonlyMap<string, readonly number[]> {
  return method.name === 'linear' ? new Map() : dtlParameters(method, spec);
}

/** Shapes of every trained tensor: side network, then head. */
export function trainedParameters(
  method: Method,
  spec: BackboneSpec,
  classes: number,
): ReadonlyMap<string, readonly number[]> {
  return new Map([...sideParameters(method, spec), ...headParameters(classes, featureWidth(spec))]);
}

export function initialSide(method: Method, spec: BackboneSpec, seed: number): Map<string, Float32Array> {
  return method.name === 'linear' ? new Map<string, Float32Array>() : initialDtl(method, spec, seed);
}
