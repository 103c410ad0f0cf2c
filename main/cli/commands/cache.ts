import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import type { FeatureCacheState } from '#app/domain/feature-cache.ts';
import { commonOptions, noArguments, onCall, withCommon } from '../command.ts';
import { bytes } from '../format.ts';
import type { Session } from '../session.ts';

export function cacheCommands(program: Command, session: Session): void {
  const group = program
    .command('cache')
    .description('the cache of frozen features, which makes training quick; all runs share it');
  const show = withCommon(group.command('show').description('what it takes and what it may take'), 'cache show');
  onCall(show, noArguments, commonOptions, (_args, options) =>
    session.withCore(options, 'cache show', 'read', (core) => reply(core.settings.featureCache())),
  );
  const limit = withCommon(
    group
      .command('limit')
      .description(
        'what it may take of the disk. What was not used for longest is given up first: now, or when room is needed',
      )
      .argument('<size>', 'such as 20GB or 500MB; 0 keeps nothing; auto: a tenth of the free disk', sizeOf),
    'cache limit 20GB',
    'cache limit auto',
  );
  onCall(limit, z.tuple([z.union([z.number(), z.literal('auto')])]), commonOptions, ([size], options) =>
    session.withCore(options, 'cache limit', 'write', (core) => {
      core.settings.set({ featureCacheBytes: size === 'auto' ? null : size });
      return reply(core.settings.featureCache());
    }),
  );
  const clear = withCommon(
    group.command('clear').description('empty it: what is needed is computed again'),
    'cache clear',
  );
  onCall(clear, noArguments, commonOptions, (_args, options) =>
    session.withCore(options, 'cache clear', 'write', async (core) => {
      const { freedBytes } = await core.settings.clearCache('features');
      return { json: { freedBytes }, text: `${bytes(freedBytes)} are free again.` };
    }),
  );
}

function reply(state: FeatureCacheState) {
  const { usedBytes, limitBytes, chosen } = state;
  const why = chosen ? 'as set' : 'a tenth of the free disk';
  return { json: state, text: `Frozen features take ${bytes(usedBytes)} of at most ${bytes(limitBytes)} (${why}).` };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

function sizeOf(text: string): number | 'auto' {
  if (text === 'auto') return text;
  const [, amount = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  const size = amount === '' || factor === undefined ? NaN : Math.round(Number(amount) * factor);
  if (Number.isSafeInteger(size)) return size;
  throw new InvalidArgumentError('A size such as 20GB or 500MB, 0, or auto is expected.');
}
