import type { ProjectId } from './ids.ts';

export interface Project {
  readonly id: ProjectId;
  /** Unique in the profile. */
  readonly name: string;
  readonly createdAt: number;
  /** How many label events the project has seen: the number of the last one, 0 before the first. */
  readonly labelRevision: number;
  /** When it was last opened in a window; null: never. */
  readonly openedAt: number | null;
}

/** A folder that was imported; its photos stay in it. */
export interface ProjectFolder {
  readonly path: string;
  /** Epoch milliseconds of the last import. */
  readonly importedAt: number;
}
