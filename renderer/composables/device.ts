/** What this machine is, for the status bar: asked once, because it does not change while the core runs. */
import type { Ref } from 'vue';
import { onScopeDispose, shallowRef } from 'vue';
import { core } from '../bridge/client.ts';
import { onFresh } from '../bridge/events.ts';
import { bytes, number } from '../format.ts';

export interface DeviceWords {
  readonly name: string;
  readonly why: string;
}

export function useDevice(): Readonly<Ref<DeviceWords | null>> {
  const device = shallowRef<DeviceWords | null>(null);
  async function ask(): Promise<void> {
    try {
      const about = await core.settings.about();
      device.value = {
        name: `CPU, ${number(about.cores)} ${about.cores === 1 ? 'core' : 'cores'}`,
        why: `${bytes(about.memoryBytes)} of memory, ${about.runtime}. Settings say what runs are computed on.`,
      };
    } catch {
      // A status bar without it is complete enough; Settings shows the failure.
    }
  }
  onScopeDispose(onFresh(() => void ask()));
  return device;
}
