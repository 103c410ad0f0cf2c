import { implement } from '@orpc/server';
import { settings } from '#app/contract/settings.ts';
import type { ApiContext } from './context.ts';

export function settingsApi({ core, hub, host }: ApiContext) {
  const procedures = implement(settings);
  return {
    get: procedures.get.handler(() => ({ seq: hub.seq(), settings: core.settings.get() })),
    set: procedures.set.handler(({ input }) => {
      const changed = core.settings.set(input);
      hub.publish({ type: 'settings' });
      return changed;
    }),
    about: procedures.about.handler(() => core.settings.about(host)),
    devices: procedures.devices.handler(() => core.settings.devices()),
    featureCache: procedures.featureCache.handler(() => core.settings.featureCache()),
    caches: procedures.caches.handler(() => core.settings.caches()),
    clearCache: procedures.clearCache.handler(({ input: { name } }) => core.settings.clearCache(name)),
  };
}
