/** Settings of a method for a given backbone. */
import type { BackboneSpec } from './backbone.ts';
import { AppError } from './errors.ts';
import { methodProblems } from './side-parameters.ts';
import type { DtlMethod, LinearMethod, Method, MethodName } from './run-config.ts';

export interface MethodSettings extends Partial<Omit<DtlMethod, 'name' | 'extract' | 'adapt'>> {
  readonly extract?: DtlMethod['extract'] | 'all';
  /** Adapting every block is the paper's starred variant: more accurate, and more memory, since gradients go further down. */
  readonly adapt?: DtlMethod['adapt'] | 'all';
}

/**
 * Where the paper is silent, a ViT of depth L extracts before every block and adapts from block L/2. `settings` replace
 * single values. Throws AppError `method.settings` for what the method does not have or the backbone cannot carry.
 */
export function methodFor(name: MethodName, spec: BackboneSpec, settings: MethodSettings = {}): Method {
  if (name === 'linear') return linear(settings);
  const all = Array.from({ length: spec.depth }, (_, block) => block);
  const method: DtlMethod = {
    name,
    rank: settings.rank ?? 2,
    beta: settings.beta ?? 100,
    kernel: settings.kernel ?? (name === 'dtl+' ? 5 : 0),
    extract: settings.extract === 'all' ? all : (settings.extract ?? all),
    adapt: settings.adapt === 'all' ? all : (settings.adapt ?? all.slice(Math.floor(spec.depth / 2))),
  };
  const problems = methodProblems(method, spec);
  if (problems.length > 0) throw wrong(problems.join('; '));
  return method;
}

function linear(settings: MethodSettings): LinearMethod {
  const given = Object.keys(settings);
  if (given.length > 0) throw wrong(`a linear probe has no side network, so it takes no ${given.join(', ')}`);
  return { name: 'linear' };
}

function wrong(why: string): AppError {
  return new AppError('method.settings', `The side network cannot be built: ${why}. Nothing was started.`);
}
