/** A method as people name it, with the settings that differ from its defaults. */
import type { BackboneSpec } from './backbone.ts';
import { formatBlocks } from './block-sets.ts';
import { methodFor } from './method-defaults.ts';
import type { Method, MethodName } from './run-config.ts';

const NAMES: Readonly<Record<MethodName, string>> = { dtl: 'DTL', 'dtl+': 'DTL+', linear: 'Linear probe' };

/** `spec`: of its backbone, null where that is not at hand; then the sets of blocks are not compared. */
export function methodWords(method: Method, spec: BackboneSpec | null): string {
  const name = NAMES[method.name];
  if (method.name === 'linear') return name;
  const usual = spec === null ? null : methodFor(method.name, spec);
  const { rank, beta, kernel, extract, adapt } = method;
  const differs = [
    rank === 2 ? '' : `rank ${rank}`,
    beta === 100 ? '' : `beta ${beta}`,
    kernel === 0 || kernel === 5 ? '' : `${kernel}x${kernel} kernel`,
    ...(usual === null || usual.name === 'linear'
      ? []
      : [
          formatBlocks(extract) === formatBlocks(usual.extract) ? '' : `extract ${formatBlocks(extract)}`,
          formatBlocks(adapt) === formatBlocks(usual.adapt) ? '' : `adapt ${formatBlocks(adapt)}`,
        ]),
  ].filter((part) => part !== '');
  return differs.length === 0 ? name : `${name}, ${differs.join(', ')}`;
}
