/** Keeps a split that came with the labels, as it was given. */
import { count } from '../domain/count.ts';
import type { PhotoId } from '../domain/ids.ts';
import { clusterPhotos } from '../domain/near-identical.ts';
import type { Project } from '../domain/project.ts';
import type { Subset } from '../domain/run-config.ts';
import { tornSets } from '../domain/torn-sets.ts';
import type { SplitPorts } from './candidates.ts';
import { candidateOf, labelledPhotos, splitDigest } from './candidates.ts';
import { contradictionWarnings } from './contradictions.ts';
import type { SplitReport } from './draw-project-split.ts';
import { classCounts } from './draw-project-split.ts';

/**
 * Null where none of the photos can be in a split. It is not changed where it puts near-identical photos on two sides:
 * that is said in a warning.
 */
export function keepGivenSplit(
  { store, host }: SplitPorts,
  project: Project,
  subsets: ReadonlyMap<PhotoId, Subset>,
): SplitReport | null {
  return store.transaction(() => {
    const photos = store.photos.getMany([...subsets.keys()]);
    const candidates = photos.flatMap((photo) => candidateOf(photo) ?? []);
    if (candidates.length === 0) return null;
    const excluded = photos.filter((photo) => photo.excluded).length;
    const places = candidates.map(({ id }) => subsets.get(id) ?? 'train');
    const clusters = clusterPhotos(candidates);
    const digest = splitDigest(host, candidates, places);
    const latest = store.splits.latest(project.id);
    const same = latest?.digest === digest;
    const split = same
      ? latest
      : store.splits.create(
          {
            projectId: project.id,
            name: null,
            drawn: null,
            labelRevision: store.labels.revision(project.id),
            digest,
          },
          candidates.map(({ id }, at) => ({
            photoId: id,
            subset: places[at] ?? 'train',
            cluster: clusters[at] ?? 0,
          })),
        );
    const sizes = new Map<number, number>();
    for (const cluster of clusters) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
    return {
      split,
      created: !same,
      classes: classCounts(store, project, candidates, places),
      nearIdentical: clusters.filter((cluster) => (sizes.get(cluster) ?? 0) > 1).length,
      unlabelled: store.photos.count(project.id, { labelled: false }),
      excluded,
      unusable: photos.length - excluded - candidates.length,
      withoutSubset: labelledPhotos(store, project).candidates.filter(({ id }) => !subsets.has(id)).length,
      warnings: [...leaks(clusters, places), ...contradictionWarnings(store, project, candidates)],
    };
  });
}

/** Groups are in the clusters. */
function leaks(clusters: readonly number[], places: readonly Subset[]): readonly string[] {
  const torn = tornSets(clusters.map((cluster, at) => ({ cluster, subset: places[at] ?? 'train', group: null })));
  if (torn === 0) return [];
  return [
    `${count(torn, 'set of near-identical or grouped photos lies', 'sets of near-identical or grouped photos lie')} on several sides of this split, so figures on it are too good. ` +
      'It was kept as the file gives it; a split that is drawn here has no such pairs.',
  ];
}
