/** Classifies photos with a pack. */
import { canonicalJson } from '../domain/canonical-json.ts';
import { AppError, asAppError } from '../domain/errors.ts';
import { itemAt } from '../domain/item-at.ts';
import { probabilities, topClass } from '../domain/metrics.ts';
import type { PackContent } from '../domain/pack-content.ts';
import { isOnlyNamed } from '../domain/stored-backbone.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { Work } from '../ports/work.ts';
import { damaged, findStoredPack } from './import-pack.ts';
import type { PackPorts } from './ports.ts';
import { replaySelfTest } from './self-test.ts';

export interface UsablePack {
  readonly path: string;
  /** Of the file. */
  readonly sha256: string;
  readonly bytes: number;
  readonly content: PackContent;
  readonly backbone: StoredBackbone;
}

export interface NamedPhoto {
  /** Absolute. */
  readonly path: string;
  /** As it was asked for: below its folder, or the file as it was named. */
  readonly name: string;
}

export interface PhotoPrediction extends NamedPhoto {
  readonly label: string;
  /** Probability of that label. */
  readonly confidence: number;
  /** In the order of the pack's classes. */
  readonly probabilities: readonly number[];
  readonly logits: readonly number[];
}

export interface Predictions {
  readonly classNames: readonly string[];
  /** In the order of the photos, those that could not be read left out. */
  readonly photos: readonly PhotoPrediction[];
  readonly failed: readonly (NamedPhoto & { readonly reason: string })[];
  readonly seconds: number;
}

/**
 * A pack of the profile (number or name), or a file. A file is tested before it is used; a pack of the profile was, and has
 * to be the same file still. Throws `packs.not-verified` where its backbone is not at hand, `packs.changed`, `pack.*`.
 */
export async function openPack(ports: PackPorts, reference: string, file: string): Promise<UsablePack> {
  const stored = findStoredPack(ports, reference);
  const path = stored === null ? file : ports.profile.locate(stored.path);
  const { content, sha256, bytes } = await ports.packFiles.read(path);
  if (stored !== null && sha256 !== stored.sha256) throw damaged(stored, path);
  const backbone = ports.store.backbones.find(content.backbone.identity);
  if (backbone === null || isOnlyNamed(backbone)) {
    throw new AppError(
      'packs.not-verified',
      `The pack "${stored?.name ?? path}" cannot be used yet: its backbone "${content.backbone.name}" ` +
        `(${content.backbone.identity.slice(0, 12)}) is not in this profile, so it could not be verified. ` +
        'Import that backbone first.',
      { data: { path, backbone: content.backbone.name, identity: content.backbone.identity } },
    );
  }
  if (stored?.state !== 'verified') await replaySelfTest(ports, path, content, backbone);
  return { path, sha256, bytes, content, backbone };
}

/**
 * The photos of files and folders, in that order. Photos of one name in different folders get their full paths as names.
 * Throws `predict.missing`, `predict.no-photos`, and what else `PhotoFiles.scan` throws.
 */
export async function findPhotos(
  { photoFiles }: Pick<PackPorts, 'photoFiles'>,
  inputs: readonly NamedPhoto[],
  work: Work = {},
): Promise<readonly NamedPhoto[]> {
  const photos: NamedPhoto[] = [];
  for (const input of inputs) {
    try {
      const scan = await photoFiles.scan(input.path, work.signal === undefined ? {} : { signal: work.signal });
      photos.push(...scan.photos.map(({ path, relativePath }) => ({ path, name: relativePath })));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === 'photos.folder-missing') {
        throw new AppError(
          'predict.missing',
          `There is no photo and no folder "${input.name}". Nothing was classified. Correct the name, or connect the drive it is on.`,
          { data: { path: input.path }, cause: error },
        );
      }
      if (error.code !== 'photos.not-a-folder') throw error;
      photos.push(input);
    }
  }
  if (photos.length === 0) {
    throw new AppError(
      'predict.no-photos',
      `There are no photos in ${inputs.map(({ name }) => `"${name}"`).join(', ')}. Name photos, or folders with photos in them.`,
      { data: { inputs: inputs.map(({ name }) => name) } },
    );
  }
  const uses = new Map<string, number>();
  for (const { name } of photos) uses.set(name, (uses.get(name) ?? 0) + 1);
  return photos.map(({ path, name }) => ({ path, name: (uses.get(name) ?? 0) > 1 ? path : name }));
}

export interface PredictWork extends Work {
  /**
   * Gets predictions as they come: which pack, and the places of their photos in the given list. What it throws stops the
   * work.
   */
  readonly onPredictions?: (
    pack: number,
    rows: readonly { readonly at: number; readonly logits: readonly number[] }[],
  ) => void;
}

/** Photos that cannot be read are listed and stop nothing. */
export async function predictPhotos(
  ports: PackPorts,
  pack: UsablePack,
  photos: readonly NamedPhoto[],
  work: PredictWork = {},
): Promise<Predictions> {
  const [predictions] = await predictWithPacks(ports, [pack], photos, work);
  if (predictions === undefined) throw new AppError('predict.no-pack', 'No pack was given.', { kind: 'bug' });
  return predictions;
}

/**
 * The same with several packs, in their order. Those on one backbone that want photos prepared alike are computed together:
 * a photo is decoded once for them, and the frozen part that they share is computed once.
 */
export async function predictWithPacks(
  ports: PackPorts,
  packs: readonly UsablePack[],
  photos: readonly NamedPhoto[],
  work: PredictWork = {},
): Promise<readonly Predictions[]> {
  const groups = new Map<string, number[]>();
  packs.forEach(({ content, backbone }, pack) => {
    const key = canonicalJson([backbone.identity, { ...content.preprocessing }]);
    groups.set(key, [...(groups.get(key) ?? []), pack]);
  });
  const results: Predictions[] = [];
  for (const [done, group] of [...groups.values()].entries()) {
    const own = await predictTogether(
      ports,
      group.map((pack) => itemAt(packs, pack)),
      photos,
      {
        ...work,
        onProgress: (progress) =>
          work.onProgress?.({
            ...progress,
            done: progress.done + done * photos.length,
            total: progress.total === null ? null : progress.total * groups.size,
          }),
        onPredictions: (at, rows) => work.onPredictions?.(itemAt(group, at), rows),
      },
    );
    group.forEach((pack, at) => (results[pack] = itemAt(own, at)));
  }
  return results;
}

/** `packs` share backbone and preprocessing. */
async function predictTogether(
  { engine, profile, host }: PackPorts,
  packs: readonly UsablePack[],
  photos: readonly NamedPhoto[],
  work: PredictWork,
): Promise<readonly Predictions[]> {
  const { backbone, content } = itemAt(packs, 0);
  const stop = new AbortController();
  const signal = work.signal === undefined ? stop.signal : AbortSignal.any([work.signal, stop.signal]);
  let refused: unknown = null;
  const logits = packs.map(() => new Map<number, readonly number[]>());
  const reasons = new Map<number, string>();
  const receive = (
    pack: number,
    rows: readonly { readonly id: number; readonly logits: readonly number[] }[],
  ): void => {
    if (refused !== null) return;
    for (const row of rows) itemAt(logits, pack).set(row.id, row.logits);
    try {
      work.onPredictions?.(
        pack,
        rows.map(({ id, logits: row }) => ({ at: id, logits: row })),
      );
    } catch (error) {
      // Thrown among the engine's messages it would reach nobody.
      refused = error;
      stop.abort();
    }
  };
  const { preprocessing } = content;
  const answer = engine.run(
    {
      kind: 'predict',
      backbone: { path: profile.locate(backbone.path), tensorPrefix: backbone.tensorPrefix, spec: backbone.spec },
      adapters: packs.map(({ path, content: { method, classNames } }) => ({
        path,
        method,
        classes: classNames.length,
      })),
      preprocessing: { ...preprocessing, mean: [...preprocessing.mean], std: [...preprocessing.std] },
      threads: host.machine().physicalCores,
      samples: photos.map(({ path: photo }, id) => ({ id, path: photo })),
    },
    {
      signal,
      onEvent: (event) => {
        if (event.type === 'predictions') {
          packs.forEach((_, pack) =>
            receive(
              pack,
              event.rows.map((row) => ({ id: row.id, logits: itemAt(row.logits, pack) })),
            ),
          );
        } else if (event.type === 'photo-failed') reasons.set(event.id, event.reason);
        else if (event.type === 'progress') work.onProgress?.(event);
      },
    },
  );
  const { seconds } = await answer.catch((error: unknown) => {
    throw asAppError(refused ?? error);
  });
  if (refused !== null) throw asAppError(refused);
  return packs.map(({ content: { classNames } }, pack) => ({
    classNames,
    photos: photos.flatMap((photo, id) => {
      const row = itemAt(logits, pack).get(id);
      return row === undefined ? [] : [predictionOf(photo, row, classNames)];
    }),
    failed: photos.flatMap((photo, id) => {
      const reason = reasons.get(id);
      return reason === undefined ? [] : [{ ...photo, reason }];
    }),
    seconds,
  }));
}

function predictionOf(photo: NamedPhoto, logits: readonly number[], classNames: readonly string[]): PhotoPrediction {
  const chances = probabilities(logits);
  const best = topClass(logits);
  return { ...photo, label: classNames[best] ?? '', confidence: chances[best] ?? 0, probabilities: chances, logits };
}
