/** What is known of a backbone, as text: the network, each setting with its source, what was left out, what to mind. */
import type { BackboneDetails, BackboneInspection } from '#app/domain/backbone-details.ts';
import { settingValueWords, settingWords } from '#app/domain/backbone-details.ts';
import { geometryWords, traitWords } from '#app/domain/backbone-words.ts';
import type { StoredBackbone } from '#app/domain/stored-backbone.ts';
import { bytes, count, listing, table } from './format.ts';

interface NeededBy {
  readonly runs: readonly string[];
  readonly packs: readonly string[];
}

export function backboneText(backbone: StoredBackbone, neededBy?: NeededBy): string {
  const { name, spec, parameters, dtype, details } = backbone;
  return [
    `"${name}", ${count(parameters, 'parameter')}, ${dtype}, ${bytes(backbone.bytes)}`,
    `${spec.imageSize} px in patches of ${spec.patchSize}, ${[geometryWords(spec), ...traitWords(spec)].join('; ')}`,
    `Identity ${backbone.identity}`,
    ...(details === null ? unknownOrigin(backbone) : detailLines(details)),
    ...(neededBy === undefined ? [] : needLines(neededBy)),
  ].join('\n');
}

export function inspectionText(found: BackboneInspection): string {
  const { name, questions, variants } = found;
  return [
    `"${name}" can be read.`,
    ...detailLines(found),
    questions.length === 0
      ? 'Everything is known; nothing was imported yet.'
      : `Nothing tells its ${questions.map(settingWords).join(', ')}: give them as options, or name a --variant.`,
    ...(questions.length === 0 ? [] : listing('Published networks with such tensors:', variants, variants.length)),
  ].join('\n');
}

function detailLines({ family, naming, container, settings, leftOut, notes }: BackboneDetails): readonly string[] {
  const rows = settings.map(({ name, value, from }) => [settingWords(name), value ?? '?', from ?? 'nothing tells it']);
  return [
    `${family}, ${container} with ${naming}`,
    table(['setting', 'value', 'found in'], rows),
    ...notes.map((note) => `Note: ${note}`),
    ...(leftOut.length === 0
      ? []
      : listing(`Left out, because a backbone does not need it: ${leftOut.length}`, leftOut)),
  ];
}

/** Imported before it was kept where each setting came from. */
function unknownOrigin({ mean, std, spec, licence }: StoredBackbone): readonly string[] {
  return [
    `LayerNorm epsilon ${spec.layerNormEps}, mean ${settingValueWords(mean)}, standard deviation ${settingValueWords(std)}`,
    `Licence: ${licence ?? 'not stated'}`,
  ];
}

function needLines({ runs, packs }: NeededBy): readonly string[] {
  if (runs.length + packs.length === 0) return ['No run and no pack needs it.'];
  return [
    ...(runs.length === 0 ? [] : listing(`Needed by ${count(runs.length, 'run')}:`, runs)),
    ...(packs.length === 0 ? [] : listing(`Needed by ${count(packs.length, 'pack')}:`, packs)),
  ];
}
