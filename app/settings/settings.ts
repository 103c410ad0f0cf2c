/** What a person chose for this profile. */
import { settingsSchema } from '../contract/settings.ts';
import type { Settings } from '../contract/settings.ts';
import { oneLine } from '../domain/one-line.ts';
import type { Store } from '../ports/repositories.ts';

interface Ports {
  readonly store: Pick<Store, 'settings'>;
}

const defaults: Settings = {
  theme: 'system',
  threads: null,
  device: 'auto',
  featureCacheBytes: null,
  actor: null,
  backupEvery: 'daily',
  backupsKept: 5,
  keys: {},
};

/** A value that this version does not understand counts as not set: a newer one may have left it. */
export function readSettings({ store }: Ports): Settings {
  const kept = store.settings.all();
  const { theme, threads, device, featureCacheBytes, actor, backupEvery, backupsKept, keys } = settingsSchema.shape;
  return {
    theme: theme.catch(defaults.theme).parse(kept['theme']),
    threads: threads.catch(defaults.threads).parse(kept['threads']),
    device: device.catch(defaults.device).parse(kept['device']),
    featureCacheBytes: featureCacheBytes.catch(defaults.featureCacheBytes).parse(kept['featureCacheBytes']),
    actor: actor.catch(defaults.actor).parse(kept['actor']),
    backupEvery: backupEvery.catch(defaults.backupEvery).parse(kept['backupEvery']),
    backupsKept: backupsKept.catch(defaults.backupsKept).parse(kept['backupsKept']),
    keys: keys.catch(defaults.keys).parse(kept['keys']),
  };
}

/** Only what is given changes. */
export function changeSettings(
  ports: Ports,
  changes: { readonly [K in keyof Settings]?: Settings[K] | undefined },
): Settings {
  const { actor } = changes;
  // Who labelled is told in tables; a name that is none falls back to the system's user.
  const fitting = typeof actor === 'string' ? { ...changes, actor: oneLine(actor) || null } : changes;
  ports.store.settings.set(Object.fromEntries(Object.entries(fitting).filter(([, value]) => value !== undefined)));
  return readSettings(ports);
}
