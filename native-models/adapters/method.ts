/** The methods that can be trained on a frozen backbone: the one place that knows all of them. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { BackboneSpec } from '../models/backbone-spec.ts';
import { featureWidth } from '../models/backbone-spec.ts';
import type { Adapter, Injected } from './adapter.ts';
import { dtlAdapter } from './dtl/adapter.ts';
import type { DtlConfig } from './dtl/config.ts';
import { headParameters } from './head.ts';
import { linearAdapter } from './linear.ts';

export type Method = (DtlConfig & { readonly name: 'dtl' | 'dtl+' }) | { readonly name: 'linear' };

function adapterOf(method: Method): Adapter {
  switch (method.name) {
    case 'dtl':
    case 'dtl+':
      return dtlAdapter(method);
    case 'linear':
      return linearAdapter;
  }
}

export function injectMethod(b: GraphBuilder, spec: BackboneSpec, method: Method): Injected {
  return adapterOf(method).inject(b, spec);
}

/** Shapes of the side network's trainable tensors, the head not counted. */
export function sideParameters(method: Method, spec: BackboneSpec): ReadonlyMap<string, readonly number[]> {
  return adapterOf(method).parameters(spec);
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
  return adapterOf(method).initial(spec, seed);
}
