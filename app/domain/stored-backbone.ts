import type { Backbone } from './backbone.ts';

export interface NewStoredBackbone extends Backbone {
  /** The safetensors file, relative to the profile. */
  readonly path: string;
  /** What stands before the canonical names inside that file, often empty. */
  readonly tensorPrefix: string;
  /** Where it came from: `embedded`, or the file that was imported. */
  readonly source: string;
}

export interface StoredBackbone extends NewStoredBackbone {
  readonly importedAt: number;
}
