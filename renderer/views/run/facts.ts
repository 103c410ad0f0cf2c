/** What a run was asked to do and where it comes from, as names and values: shown, and copied as text. */
import { planSettings } from '#app/domain/choose-memory.ts';
import type { RunPage } from '#app/contract/runs.ts';
import { count } from '#app/domain/count.ts';
import type { Fallback } from '#app/domain/device.ts';
import type { Preprocessing } from '#app/domain/preprocessing.ts';
import { methodSettings, namedSettings } from '#app/domain/setting-words.ts';
import type { SettingWords } from '#app/domain/setting-words.ts';
import { exactTime } from '../../format.ts';

export interface FactGroup {
  readonly title: string;
  readonly facts: readonly SettingWords[];
}

export function runFacts({
  row,
  config,
  result,
  provenance,
  split,
  backbone,
  checkpointEpoch,
}: RunPage): readonly FactGroup[] {
  return [
    { title: 'Method', facts: methodSettings(config.method) },
    ...(config.method.name === 'linear' ? [] : [{ title: 'Recipe', facts: namedSettings({ ...config.recipe }) }]),
    { title: 'Photos', facts: photoFacts(config.preprocessing) },
    {
      title: 'Machine',
      facts: [...namedSettings({ ...planSettings(config.plan) }), ...fallbackFacts(result?.fallbacks ?? [])],
    },
    {
      title: 'Provenance',
      facts: [
        { name: 'Seed', value: String(config.seed) },
        { name: 'Label revision', value: String(provenance.labelRevision) },
        { name: 'Split', value: `${split.name}, ${split.drawn}` },
        { name: 'Split digest', value: provenance.splitDigest },
        {
          name: 'Photos',
          value: `${row.photos.train} train, ${row.photos.validation} validation, ${row.photos.test} test`,
        },
        { name: 'Backbone', value: backbone.name },
        { name: 'Backbone identity', value: provenance.backbone },
        { name: 'DTL Studio', value: provenance.appVersion },
        { name: 'Runtime', value: provenance.runtimeVersion },
        { name: 'Created', value: exactTime(row.createdAt) },
        ...(row.startedAt === null ? [] : [{ name: 'Started', value: exactTime(row.startedAt) }]),
        ...(row.endedAt === null ? [] : [{ name: 'Ended', value: exactTime(row.endedAt) }]),
        ...(checkpointEpoch === null ? [] : [{ name: 'Checkpoint', value: `after epoch ${checkpointEpoch}` }]),
      ],
    },
  ];
}

function fallbackFacts(fallbacks: readonly Fallback[]): readonly SettingWords[] {
  return fallbacks.map(({ operator, nodes, why }) => ({
    name: 'On the CPU instead',
    value: `${operator}, ${count(nodes, 'node')}. ${why}`,
  }));
}

/** As lines, for a notebook or a message. */
export function factsText(title: string, groups: readonly FactGroup[]): string {
  const lines = groups.flatMap((group) => [
    '',
    group.title,
    ...group.facts.map(({ name, value }) => `  ${name}: ${value}`),
  ]);
  return [title, ...lines, ''].join('\n');
}

function photoFacts({ imageSize, fit, interpolation, sixteenBit, mean, std }: Preprocessing): readonly SettingWords[] {
  const mapping =
    sixteenBit.kind === 'full-range' ? 'full range' : `${Math.round(sixteenBit.low)} to ${Math.round(sixteenBit.high)}`;
  return [
    { name: 'Input', value: `${imageSize} × ${imageSize} pixels, ${fit}, ${interpolation}` },
    { name: '16-bit samples', value: mapping },
    { name: 'Mean', value: mean.join(', ') },
    { name: 'Standard deviation', value: std.join(', ') },
  ];
}
