import type { EnginePort } from '../ports/engine.ts';
import type { PackFiles, PhotoFiles, Profile, ProfilePlaces } from '../ports/files.ts';
import type { Host } from '../ports/host.ts';
import type { Store } from '../ports/repositories.ts';

export interface PackPorts {
  readonly store: Store;
  readonly engine: EnginePort;
  readonly packFiles: PackFiles;
  readonly photoFiles: PhotoFiles;
  readonly profile: Pick<Profile, 'locate' | 'relative'>;
  readonly host: Host;
  readonly places: ProfilePlaces;
}
