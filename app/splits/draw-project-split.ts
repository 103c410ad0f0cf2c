/** Draws a split of a project's labelled photos and keeps it. */
import { DEFAULT_FRACTIONS, drawSplit } from '../domain/draw-split.ts';
import { count } from '../domain/count.ts';
import { AppError } from '../domain/errors.ts';
import type { Project } from '../domain/project.ts';
import type { Subset } from '../domain/run-config.ts';
import type { Split, SplitFractions, SplitMember } from '../domain/split.ts';
import type { Store } from '../ports/repositories.ts';
import type { SplitPorts } from './candidates.ts';
import { labelledPhotos, splitDigest } from './candidates.ts';
import { contradictionWarnings } from './contradictions.ts';

export interface SplitRequest {
  readonly seed?: number;
  readonly fractions?: SplitFractions;
  readonly name?: string | null;
}

export interface SplitReport {
  readonly split: Split;
  /** False where the newest split is this very one; then it was kept. */
  readonly created: boolean;
  /** In the order of the classes, those without photos left out. */
  readonly classes: readonly ({ readonly name: string } & Readonly<Record<Subset, number>>)[];
  /** Photos kept together with one that shows nearly the same, or with their group. */
  readonly nearIdentical: number;
  readonly unlabelled: number;
  /** Labelled, and excluded by a person. */
  readonly excluded: number;
  /** Labelled, but missing or not decodable. */
  readonly unusable: number;
  /** Labelled photos to which a given split gives no subset; 0 for a drawn one. */
  readonly withoutSubset: number;
  /** What the person should know, as sentences. */
  readonly warnings: readonly string[];
}

/** Which photos would be where if a split were drawn now; nothing is kept. Without labels it holds nobody. */
export function planSplit({ store }: Pick<SplitPorts, 'store'>, project: Project): readonly SplitMember[] {
  const { candidates } = labelledPhotos(store, project);
  const { subsets, clusters } = drawSplit(candidates, 0, DEFAULT_FRACTIONS);
  return candidates.map(({ id }, at) => ({
    photoId: id,
    subset: subsets[at] ?? 'train',
    cluster: clusters[at] ?? 0,
  }));
}

/** Throws `splits.no-labels`, `splits.fractions`, `splits.name-taken`. */
export function drawProjectSplit(ports: SplitPorts, project: Project, request: SplitRequest = {}): SplitReport {
  const { store, host } = ports;
  const { seed = 0, fractions = DEFAULT_FRACTIONS, name = null } = request;
  checkFractions(fractions);
  return store.transaction(() => {
    const { candidates, unlabelled, excluded, unusable } = labelledPhotos(store, project);
    if (candidates.length === 0) throw noLabels(project, { unlabelled, excluded, unusable });
    const drawn = drawSplit(candidates, seed, fractions);
    const digest = splitDigest(host, candidates, drawn.subsets);
    const latest = store.splits.latest(project.id);
    const same = latest !== null && latest.digest === digest && (name === null || name === latest.name);
    const members = candidates.map(({ id }, at) => ({
      photoId: id,
      subset: drawn.subsets[at] ?? 'train',
      cluster: drawn.clusters[at] ?? 0,
    }));
    const split = same
      ? latest
      : store.splits.create(
          {
            projectId: project.id,
            name,
            drawn: { seed, fractions },
            labelRevision: store.labels.revision(project.id),
            digest,
          },
          members,
        );
    return {
      split,
      created: !same,
      classes: classCounts(store, project, candidates, drawn.subsets),
      nearIdentical: drawn.nearIdentical,
      unlabelled,
      excluded,
      unusable,
      withoutSubset: 0,
      warnings: [...warningsOf(store, project, drawn.absent), ...contradictionWarnings(store, project, candidates)],
    };
  });
}

function checkFractions({ train, validation, test }: SplitFractions): void {
  const sum = train + validation + test;
  if ([train, validation, test].every((part) => part >= 0 && part <= 1) && train > 0 && Math.abs(sum - 1) < 1e-9)
    return;
  throw new AppError(
    'splits.fractions',
    `The parts of a split are fractions that sum to 1, with more than 0 for training; ${train} / ${validation} / ${test} are not. ` +
      'No split was made. Write for example 0.6,0.2,0.2.',
  );
}

function noLabels(
  project: Project,
  { unlabelled, excluded, unusable }: Pick<SplitReport, 'unlabelled' | 'excluded' | 'unusable'>,
): AppError {
  const reasons = [
    unusable > 0 ? `${count(unusable, 'labelled one is', 'labelled ones are')} missing or cannot be decoded` : '',
    excluded > 0 ? `${count(excluded, 'labelled one is', 'labelled ones are')} excluded` : '',
  ].filter((reason) => reason !== '');
  const bad = reasons.length > 0 ? ` (${reasons.join(', ')})` : '';
  return new AppError(
    'splits.no-labels',
    `Project "${project.name}" has no labelled photos to split${bad}; ${count(unlabelled, 'has', 'have')} no label. No split was made. ` +
      'Label photos first, or take the names of their folders as labels.',
    { data: { unlabelled, excluded, unusable } },
  );
}

export function classCounts(
  store: Store,
  project: Project,
  photos: readonly { readonly label: number }[],
  subsets: readonly Subset[],
): SplitReport['classes'] {
  const counts = new Map<number, Record<Subset, number>>();
  for (const [at, { label }] of photos.entries()) {
    const row = counts.get(label) ?? { train: 0, validation: 0, test: 0 };
    row[subsets[at] ?? 'train']++;
    counts.set(label, row);
  }
  return store.classes.list(project.id).flatMap(({ id, name }) => {
    const row = counts.get(id);
    return row === undefined ? [] : [{ name, ...row }];
  });
}

function warningsOf(
  store: Store,
  project: Project,
  absent: readonly { readonly label: number; readonly subset: Subset; readonly clusters: number }[],
): readonly string[] {
  const names = new Map<number, string>(store.classes.list(project.id).map(({ id, name }) => [id, name]));
  const byClass = new Map<number, { subsets: Subset[]; clusters: number }>();
  for (const { label, subset, clusters } of absent) {
    const known = byClass.get(label) ?? { subsets: [], clusters };
    known.subsets.push(subset);
    byClass.set(label, known);
  }
  return [...byClass].map(([label, { subsets, clusters }]) => {
    const has = clusters === 1 ? 'only one independent photo' : `only ${clusters} independent photos`;
    return `Class "${names.get(label) ?? label}" has ${has}: none of it is in ${subsets.join(' or ')}. Label more photos of it.`;
  });
}
