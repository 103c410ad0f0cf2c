/** Settings of a method for a given backbone. */
import { blocksOf, stageCount } from './backbone-blocks.ts';
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
 * Where the paper is silent, a ViT of depth L extracts before every block and adapts from block L/2, at rank 2. A network
 * of stages does so over its last two stages at rank 4: Swin-T extracts 4 to 11 and adapts 8 to 11, Swin-S and Swin-B
 * extract 4 to 23 and adapt 14 to 23. "All" is every block of the backbone; adapting all extracts from all where nothing
 * else is said. `settings` replace single values. Throws AppError `method.settings` for what the method does not have or
 * the backbone cannot carry.
 */
export function methodFor(name: MethodName, spec: BackboneSpec, settings: MethodSettings = {}): Method {
  if (name === 'linear') return linear(settings);
  const stages = stageCount(spec);
  const blocks = blocksOf(spec);
  const all = blocks.map((_, block) => block);
  const usual = all.filter((block) => (blocks[block]?.stage ?? 0) >= stages - 2);
  const { extract = settings.adapt === 'all' ? 'all' : usual, adapt = usual.slice(Math.floor(usual.length / 2)) } =
    settings;
  const method: DtlMethod = {
    name,
    rank: settings.rank ?? (stages > 1 ? 4 : 2),
    beta: settings.beta ?? 100,
    kernel: settings.kernel ?? (name === 'dtl+' ? 5 : 0),
    extract: extract === 'all' ? all : extract,
    adapt: adapt === 'all' ? all : adapt,
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
