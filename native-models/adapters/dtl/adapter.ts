import type { Adapter } from '../adapter.ts';
import type { DtlConfig } from './config.ts';
import { dtlParameters } from './config.ts';
import { initialDtl } from './init.ts';
import { injectDtl } from './inject.ts';

/** DTL (kernel 0) and DTL+ (arXiv 2312.07856). */
export function dtlAdapter(config: DtlConfig): Adapter {
  return {
    inject: (b, spec) => injectDtl(b, spec, config),
    parameters: (spec) => dtlParameters(config, spec),
    initial: (spec, seed) => initialDtl(config, spec, seed),
  };
}
