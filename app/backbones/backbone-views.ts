/** Backbones as people look at them. */
import type { BackboneView } from '../contract/backbones.ts';
import type { BackboneIdentity } from '../domain/ids.ts';
import type { BackboneFiles } from '../ports/files.ts';
import type { Store } from '../ports/repositories.ts';
import { isEmbedded } from './backbones.ts';

interface Ports {
  readonly store: Store;
  readonly backboneFiles: BackboneFiles;
}

/** By name. */
export function backboneViews({ store }: Pick<Ports, 'store'>): readonly BackboneView[] {
  const uses = store.backbones.uses();
  return store.backbones.list().map((backbone) => {
    const { path: _path, tensorPrefix: _tensorPrefix, ...rest } = backbone;
    const { runs, packs } = uses.get(backbone.identity) ?? { runs: 0, packs: 0 };
    return { ...rest, embedded: isEmbedded(backbone), runs, packs };
  });
}

/** Null where nobody wrote one. Throws `backbones.unknown`. */
export function backboneCard({ store, backboneFiles }: Ports, identity: BackboneIdentity): string | null {
  return isEmbedded(store.backbones.get(identity)) ? backboneFiles.embeddedCard() : null;
}
