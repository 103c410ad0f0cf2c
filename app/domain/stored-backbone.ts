import type { BackboneDetails } from './backbone-details.ts';
import type { Backbone } from './backbone.ts';

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
