import type { EnginePort } from '../ports/engine.ts';
import type { Profile } from '../ports/files.ts';
import type { Host } from '../ports/host.ts';
import type { ImageStore } from '../ports/images.ts';
import type { Store } from '../ports/repositories.ts';

export interface RunPorts {
  readonly store: Store;
  readonly engine: EnginePort;
  /** Of the engine's runtime, asked of it once. */
  readonly runtimeVersion: () => Promise<string>;
  readonly images: ImageStore;
  readonly profile: Pick<Profile, 'locate' | 'relative'>;
  readonly host: Host;
}
