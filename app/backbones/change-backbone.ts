/** Changing what is said of a backbone, and taking one out of the profile. */
import type { Backbone } from '../domain/backbone.ts';
import type { BackboneDetails, BackboneSetting, SettingName } from '../domain/backbone-details.ts';
import { settingValueWords } from '../domain/backbone-details.ts';
import { count } from '../domain/count.ts';
import { AppError } from '../domain/errors.ts';
import { given } from '../domain/given.ts';
import type { BackboneIdentity } from '../domain/ids.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { BackboneHints, Profile, ProfilePlaces } from '../ports/files.ts';
import type { Work } from '../ports/work.ts';
import type { BackbonePorts } from './backbones.ts';
import { importBackbone, isEmbedded } from './backbones.ts';

interface ChangePorts extends BackbonePorts {
  readonly places: Pick<ProfilePlaces, 'remove'>;
  readonly profile: Pick<Profile, 'relative' | 'locate'>;
}

export type BackboneChanges = Omit<BackboneHints, 'variant'>;

export interface ChangedBackbone {
  readonly backbone: StoredBackbone;
  /** The change makes another network of the same weights: it stands beside the old one, which packs and runs go on using. */
  readonly another: boolean;
}

/**
 * Name, statistics and licence are changed in place: runs and packs carry their own copies. Heads, epsilon, activation and
 * image size decide what the network computes, so a change there makes another backbone out of the same file. Throws
 * `backbones.unknown`, `backbones.nothing-to-change`, and what an import throws.
 */
export async function editBackbone(
  ports: ChangePorts,
  identity: BackboneIdentity,
  changes: BackboneChanges,
  work: Work = {},
): Promise<ChangedBackbone> {
  const backbone = ports.store.backbones.get(identity);
  if (Object.keys(given(changes)).length === 0) {
    const what = 'Nothing was said that should be changed of it.';
    throw new AppError('backbones.nothing-to-change', `"${backbone.name}" stays as it is. ${what}`, {
      data: { identity },
    });
  }
  if (!changesNetwork(backbone, changes)) return { backbone: relabel(ports, backbone, changes), another: false };
  const hints = { ...settingsOf(backbone), name: changedName(backbone, changes), ...given(changes) };
  const file = ports.profile.locate(backbone.path);
  const { backbone: made, alreadyStored } = await importBackbone(ports, file, hints, work, `${backbone.name}, changed`);
  if (alreadyStored) return { backbone: made, another: made.identity !== identity };
  const details = made.details && backbone.details && inherited(made.details, backbone.details, changes);
  return { backbone: ports.store.backbones.edit(made.identity, { details }), another: true };
}

/** `vit_tiny_patch16_224 (256 px)`: two of one name could not be told apart. */
function changedName({ name }: Backbone, { heads, layerNormEps, activation, imageSize }: BackboneChanges): string {
  const parts = [
    heads === undefined ? '' : `${heads} heads`,
    layerNormEps === undefined ? '' : `epsilon ${layerNormEps}`,
    activation ?? '',
    imageSize === undefined ? '' : `${imageSize} px`,
  ];
  return `${name} (${parts.filter((part) => part !== '').join(', ')})`;
}

/** What was not changed is still known from where it was known before. */
function inherited(made: BackboneDetails, from: BackboneDetails, changes: BackboneChanges): BackboneDetails {
  const before = new Map(from.settings.map((setting) => [setting.name, setting]));
  const changed = new Set(Object.keys(given(changes)));
  const settings = made.settings.map((setting) =>
    changed.has(setting.name) ? setting : (before.get(setting.name) ?? setting),
  );
  return { ...from, settings };
}

function changesNetwork({ spec }: Backbone, { heads, layerNormEps, activation, imageSize }: BackboneChanges): boolean {
  const differs = <T>(wanted: T | undefined, has: T): boolean => wanted !== undefined && wanted !== has;
  if (differs(layerNormEps, spec.layerNormEps) || differs(imageSize, spec.imageSize)) return true;
  if (spec.family === 'swin') return heads !== undefined || differs(activation, 'gelu');
  return differs(heads, spec.heads) || differs(activation, spec.activation);
}

function settingsOf({ name, spec, mean, std, licence }: Backbone): BackboneHints {
  const vit = spec.family === 'vit' ? { heads: spec.heads, activation: spec.activation } : {};
  const { imageSize, layerNormEps } = spec;
  return { name, mean, std, imageSize, layerNormEps, ...vit, ...(licence === null ? {} : { licence }) };
}

function relabel({ store }: ChangePorts, backbone: StoredBackbone, changes: BackboneChanges): StoredBackbone {
  const { name, mean, std, licence } = changes;
  const details = backbone.details === null ? null : withChanges(backbone.details, given({ mean, std, licence }));
  return store.backbones.edit(backbone.identity, { ...given({ name, mean, std, licence }), details });
}

function withChanges(
  details: BackboneDetails,
  changes: Partial<Record<SettingName, string | readonly number[]>>,
): BackboneDetails {
  const told = new Map<SettingName, BackboneSetting>(details.settings.map((setting) => [setting.name, setting]));
  for (const name of ['mean', 'std', 'licence'] as const) {
    const value = changes[name];
    if (value !== undefined) told.set(name, { name, value: settingValueWords(value), from: 'you' });
  }
  return { ...details, settings: [...told.values()] };
}

const NAMED = 5;

/** Throws `backbones.unknown`, `backbones.embedded`, and `backbones.needed` naming the runs and packs that need it. */
export async function removeBackbone(
  { store, places }: Pick<ChangePorts, 'store' | 'places'>,
  identity: BackboneIdentity,
): Promise<{ readonly name: string; readonly bytes: number }> {
  const backbone = store.backbones.get(identity);
  const { name, path } = backbone;
  if (isEmbedded(backbone)) {
    throw new AppError('backbones.embedded', `"${name}" comes with DTL Studio and stays; it takes little room.`, {
      data: { identity },
    });
  }
  const { runs, packs } = store.backbones.neededBy(identity);
  if (runs.length + packs.length > 0) {
    const needing = [listed('run', runs), listed('pack', packs)].filter((part) => part !== '').join(' and ');
    const what = `"${name}" stays: ${needing} cannot be used without it. Remove them first.`;
    throw new AppError('backbones.needed', what, { data: { identity, runs, packs } });
  }
  store.backbones.remove(identity);
  return { name, bytes: await places.remove(path) };
}

function listed(what: 'run' | 'pack', names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const shown = names.slice(0, NAMED).map((name) => `"${name}"`);
  return `${count(names.length, what)} (${shown.join(', ')}${more})`;
}
