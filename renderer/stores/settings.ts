/** The profile's settings, and what follows from them for the page: the theme and changed keys. */
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { Settings } from '#app/contract/settings.ts';
import { core } from '../bridge/client.ts';
import { followSnapshot } from '../bridge/snapshot.ts';
import { useTheme } from '../composables/theme.ts';

export const useSettings = defineStore('settings', () => {
  const settings = shallowRef<Settings | null>(null);
  const theme = useTheme();
  followSnapshot({
    load: () => core.settings.get(),
    seq: ({ seq }) => seq,
    apply: (value) => {
      settings.value = value.settings;
    },
    concerns: ({ type }) => type === 'settings',
    onError: () => undefined,
  });
  watch(settings, (now) => {
    if (now !== null) theme.choose(now.theme);
  });
  const keys = computed<Readonly<Record<string, string>>>(() => settings.value?.keys ?? {});

  async function set(changes: Partial<Settings>): Promise<void> {
    settings.value = await core.settings.set(changes);
  }

  /** Another key for a command; null brings its own back. */
  async function setKey(command: string, key: string | null): Promise<void> {
    const others = Object.fromEntries(Object.entries(keys.value).filter(([id]) => id !== command));
    await set({ keys: key === null ? others : { ...others, [command]: key } });
  }
  return { settings, keys, set, setKey };
});
