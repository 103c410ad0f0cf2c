import type { BackboneDetails } from './backbone-details.ts';
import type { Backbone } from './backbone.ts';
import { AppError } from './errors.ts';

export interface NewStoredBackbone extends Backbone {
  /** The safetensors file, relative to the profile. */
  readonly path: string;
  /** What stands before the canonical names inside that file, often empty. */
  readonly tensorPrefix: string;
  /** Where it came from: `embedded`, or the file that was imported. */
  readonly source: string;
  /** Null for those that were imported before this was kept. */
  readonly details: BackboneDetails | null;
}

/** What can be changed of a backbone without making it another one. */
export type BackboneFields = Pick<NewStoredBackbone, 'name' | 'mean' | 'std' | 'licence' | 'details'>;

export interface StoredBackbone extends NewStoredBackbone {
  readonly importedAt: number;
}

/** The source of a backbone that only a project's archive has named so far: what its row says is what the archive says. */
export const NAMED_BY_ARCHIVE = 'archive';

export function isOnlyNamed({ source }: StoredBackbone): boolean {
  return source === NAMED_BY_ARCHIVE;
}

/** Throws `backbones.absent` for one of which there is only the name. */
export function atHand(backbone: StoredBackbone): StoredBackbone {
  if (!isOnlyNamed(backbone)) return backbone;
  throw new AppError(
    'backbones.absent',
    `The backbone "${backbone.name}" (${backbone.identity.slice(0, 12)}) is not in this profile: it came as a name in the ` +
      'archive of a project. Everything else is kept. Import its file, and this works.',
    { data: { backbone: backbone.identity, name: backbone.name } },
  );
}
