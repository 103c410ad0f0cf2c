/** Which photos a run sees, and why others are left out. */
import { count } from '../domain/count.ts';
import { AppError } from '../domain/errors.ts';
import type { Photo } from '../domain/photo.ts';
import type { Project } from '../domain/project.ts';
import type { Subset } from '../domain/run-config.ts';
import type { RunClass, RunSample } from '../domain/run.ts';
import type { Split, SplitMember } from '../domain/split.ts';
import { tornSets } from '../domain/torn-sets.ts';
import type { Store } from '../ports/repositories.ts';

export interface LeftOut {
  readonly path: string;
  readonly reason: string;
}

/** Who is in which subset: a stored split, or one that would be drawn. */
export interface SplitPlan {
  readonly name: string;
  readonly members: readonly SplitMember[];
}

export interface Selection {
  readonly classes: readonly RunClass[];
  readonly samples: readonly RunSample[];
  readonly counts: Readonly<Record<Subset, number>>;
  readonly unlabelled: number;
  /** Labelled since the split was drawn: in none of its subsets. */
  readonly notInSplit: number;
  /** Labelled, and excluded by a person. */
  readonly excluded: number;
  /** Missing, or no photos. */
  readonly leftOut: readonly LeftOut[];
  /** Sets of photos that belong together, as far as is known by now, and lie on several sides of the split. */
  readonly torn: number;
}

const KEPT = 'Nothing was started; your labels are kept.';

/**
 * Labels are those of now, subsets those of the split. Throws `train.no-labels`, `train.one-class`, `train.one-photo-a-class`,
 * `train.class-not-trained`.
 */
export function selectSamples(store: Store, project: Project, split: Split): Selection {
  const plan = { name: split.name, members: store.splits.members(split.id) };
  const selection = gatherSamples(store, project, plan);
  const problem = untrainable(project, plan, selection);
  if (problem !== null) throw problem;
  return selection;
}

/** The same without judging whether something can be learned from them. */
export function gatherSamples(store: Store, project: Project, { members }: SplitPlan): Selection {
  const places = new Map(members.map((member) => [member.photoId, member]));
  const labelled = store.photos.list(project.id, { labelled: true });
  const leftOut: LeftOut[] = [];
  let notInSplit = 0;
  const included = labelled.filter((photo) => !photo.excluded);
  const chosen = included.flatMap((photo) => {
    const place = places.get(photo.id);
    if (place === undefined) {
      notInSplit++;
      return [];
    }
    const reason = unusable(photo);
    if (reason !== null) leftOut.push({ path: photo.path, reason });
    return reason === null ? [{ photo, group: photo.group, subset: place.subset, cluster: place.cluster }] : [];
  });
  const used = new Set(chosen.map(({ photo }) => photo.classId));
  const classes = store.classes
    .list(project.id)
    .filter(({ id }) => used.has(id))
    .map(({ id, name }) => ({ id, name }));
  const position = new Map(classes.map(({ id }, at) => [id, at]));
  const samples = chosen.flatMap(({ photo, subset }): RunSample[] => {
    const label = photo.classId === null ? undefined : position.get(photo.classId);
    if (label === undefined || photo.contentHash === null) return [];
    return [{ photoId: photo.id, contentHash: photo.contentHash, bytes: photo.bytes, label, subset }];
  });
  const counts = { train: 0, validation: 0, test: 0 };
  for (const { subset } of samples) counts[subset]++;
  const unlabelled = store.photos.count(project.id, { labelled: false });
  return {
    classes,
    samples,
    counts,
    unlabelled,
    notInSplit,
    excluded: labelled.length - included.length,
    leftOut,
    torn: tornSets(chosen),
  };
}

/** Groups come with a table at any time, and a split that was drawn before knows nothing of them. */
export function tornWarnings({ torn }: Pick<Selection, 'torn'>, split: Pick<Split, 'name'>): readonly string[] {
  if (torn === 0) return [];
  const sets = count(
    torn,
    'set of grouped or near-identical photos lies',
    'sets of grouped or near-identical photos lie',
  );
  return [
    `${sets} on several sides of "${split.name}", so figures on its test and validation photos come out too good. ` +
      'Draw a new split: it keeps such photos together.',
  ];
}

function unusable({ state, reason, contentHash }: Photo): string | null {
  if (state === 'missing') return 'the file was not there at the last import';
  if (state === 'undecodable') return reason ?? 'it cannot be decoded';
  return contentHash === null ? 'it could not be read' : null;
}

function noLabels(
  project: Project,
  {
    unlabelled,
    excluded,
    unusable,
    notInSplit,
  }: Pick<Selection, 'unlabelled' | 'excluded' | 'notInSplit'> & { readonly unusable: number },
): AppError {
  const also = [
    excluded > 0 ? `${count(excluded, 'labelled one is', 'labelled ones are')} excluded` : '',
    unusable > 0 ? `${count(unusable, 'labelled one is', 'labelled ones are')} missing or cannot be decoded` : '',
    notInSplit > 0
      ? `${count(notInSplit, 'labelled one is', 'labelled ones are')} not in the split: draw it again`
      : '',
  ].filter((part) => part !== '');
  return new AppError(
    'train.no-labels',
    `Project "${project.name}" has no labelled photos to train on: ${count(unlabelled, 'has', 'have')} no label` +
      `${also.length > 0 ? `, ${also.join(', ')}` : ''}. ${KEPT}`,
    { data: { unlabelled, excluded, unusable, notInSplit } },
  );
}

/** Why nothing can be learned from these photos; null where something can. */
export function untrainable(project: Project, split: SplitPlan, selection: Selection): AppError | null {
  const { classes, samples, unlabelled, excluded, notInSplit, leftOut } = selection;
  if (samples.length === 0) return noLabels(project, { unlabelled, excluded, unusable: leftOut.length, notInSplit });
  const [first] = classes;
  if (classes.length < 2) {
    return new AppError(
      'train.one-class',
      `${samples.length === 1 ? 'The one labelled photo is' : `All ${samples.length} labelled photos are`} of one class, "${first?.name ?? ''}". Telling classes apart needs at least two. ` +
        `${KEPT} Label photos of another class, then split and train again.`,
      { data: { classes: classes.map(({ name }) => name), photos: samples.length } },
    );
  }
  const photos = classes.map((_, label) => samples.filter((sample) => sample.label === label));
  if (photos.every((own) => own.length <= 1)) {
    return new AppError(
      'train.one-photo-a-class',
      `Each of the ${classes.length} classes has one labelled photo, so nothing is left to check what was learned. ${KEPT} ` +
        'Label at least three photos of each class (ten and more are better), then split and train again.',
      { data: { classes: classes.map(({ name }) => name) } },
    );
  }
  const untrained = classes.filter((_, label) => photos[label]?.every(({ subset }) => subset !== 'train') === true);
  if (untrained.length > 0) {
    const names = untrained.map(({ name }) => name);
    return new AppError(
      'train.class-not-trained',
      `${names.map((name) => `"${name}"`).join(', ')} ${names.length === 1 ? 'has' : 'have'} no usable photo in the training part of ` +
        `"${split.name}", so ${names.length === 1 ? 'it' : 'they'} could not be learned. ${KEPT} Draw a new split.`,
      { data: { classes: names, split: split.name } },
    );
  }
  return null;
}
