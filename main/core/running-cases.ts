/** Use cases of runs, splits, packs, backbones and settings as the procedures of the interface ask for them. */
import { atHand } from '#app/domain/stored-backbone.ts';
import { statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { backboneCard, backboneViews } from '#app/backbones/backbone-views.ts';
import type { BackbonePorts } from '#app/backbones/backbones.ts';
import type { About, CacheSize, Settings } from '#app/contract/settings.ts';
import type { Mistake, TrainRequest } from '#app/contract/runs.ts';
import type { ChosenDevice, Provider } from '#app/domain/device.ts';
import { AppError, asAppError } from '#app/domain/errors.ts';
import type { FeatureCacheState } from '#app/domain/feature-cache.ts';
import { given } from '#app/domain/given.ts';
import type { BackboneIdentity, PackId, ProjectId, RunId, SplitId } from '#app/domain/ids.ts';
import type { Project } from '#app/domain/project.ts';
import type { Subset } from '#app/domain/run-config.ts';
import type { Run } from '#app/domain/run.ts';
import type { Split } from '#app/domain/split.ts';
import type { SweepMembers } from '#app/domain/sweep.ts';
import { photoRows } from '#app/library/photo-rows.ts';
import { applyPack } from '#app/packs/apply-pack.ts';
import type { ApplyWork, WhichPhotos } from '#app/packs/apply-pack.ts';
import { compareOnFolder, compareOnLibrary } from '#app/packs/compare-packs.ts';
import { comparedSets } from '#app/packs/compared-photos.ts';
import type { ComparedOrder } from '#app/packs/compared-photos.ts';
import { foundSets } from '#app/packs/found-photos.ts';
import type { FoundSort } from '#app/packs/found-photos.ts';
import { packDetails, packView, packViews, removePack, renamePack } from '#app/packs/pack-views.ts';
import type { PackPorts } from '#app/packs/ports.ts';
import { findPhotos, openPack, predictPhotos } from '#app/packs/predict.ts';
import type { Profile, Tables } from '#app/ports/files.ts';
import type { Work } from '#app/ports/work.ts';
import { compareRuns, runTable } from '#app/runs/compare-runs.ts';
import { editRun, removeRuns, runsSize } from '#app/runs/edit-runs.ts';
import type { RunChanges } from '#app/runs/edit-runs.ts';
import type { RunPorts } from '#app/runs/ports.ts';
import { prepareRuns } from '#app/runs/prepare-run.ts';
import type { RunRequest } from '#app/runs/prepare-run.ts';
import { previewRun } from '#app/runs/preview-run.ts';
import { appendIfPossible, deviceLine } from '#app/runs/run-log.ts';
import { mistakes, runPage } from '#app/runs/run-page.ts';
import { runRow, runRows } from '#app/runs/run-row.ts';
import { sweepPage } from '#app/runs/sweep-page.ts';
import { changeSettings, readSettings } from '#app/settings/settings.ts';
import { drawProjectSplit, planSplit } from '#app/splits/draw-project-split.ts';
import type { SplitReport } from '#app/splits/draw-project-split.ts';
import type { Doctor } from './doctor.ts';
import { machineCores } from './machine.ts';

export interface RunningPorts extends RunPorts, PackPorts, BackbonePorts {
  readonly profile: Profile;
  readonly tables: Tables;
  readonly doctor: Doctor;
  readonly featureCache: () => FeatureCacheState;
  readonly keepFeaturesWithin: (limitBytes: number) => void;
}

/** `embedded` gives the program's own backbone, putting it into the profile where it is not yet. */
export function bindRunning(
  ports: RunningPorts,
  embedded: (work?: Work) => Promise<{ readonly identity: BackboneIdentity }>,
) {
  const { store, profile, places, tables, host, doctor } = ports;
  const found = foundSets();
  const compared = comparedSets();

  async function backboneOf(identity: BackboneIdentity | null, work?: Work): Promise<RunRequest['backbone']> {
    const own = await embedded(work);
    return atHand(store.backbones.get(identity ?? own.identity));
  }

  function splitFor(project: Project, id: SplitId | null): Split | null {
    if (id === null) return store.splits.latest(project.id);
    const split = store.splits.get(id);
    return split.projectId === project.id ? split : store.splits.latest(project.id);
  }

  function splitOrDrawn(project: Project, id: SplitId | null): { split: Split; drawn: SplitReport | null } {
    const known = splitFor(project, id);
    if (known !== null) return { split: known, drawn: null };
    const drawn = drawProjectSplit(ports, project);
    return { split: drawn.split, drawn };
  }

  function requestOf(
    { method, methodSettings, recipe, recipeChanges, threads, memoryBytes, weights, fit, sixteenBit }: TrainRequest,
    provider: Provider,
  ) {
    return {
      method,
      methodSettings: given(methodSettings),
      recipe,
      recipeChanges: given(recipeChanges),
      plan: {
        provider,
        ...given({ threads: threads ?? undefined, memoryBytes: memoryBytes ?? undefined, weights }),
      },
      fit,
      sixteenBit,
    };
  }

  /** The device that a run would have, or why it would have none. */
  async function deviceFor({ device }: Pick<TrainRequest, 'device'>): Promise<ChosenDevice | AppError> {
    try {
      return await doctor.choose(device ?? readSettings(ports).device);
    } catch (error) {
      const said = asAppError(error);
      if (said.code === 'device.unavailable') return said;
      throw error;
    }
  }

  /** A plan says where a run is computed, not why there. */
  function logDevice(runs: readonly Run[], device: ChosenDevice): void {
    for (const { id } of runs) appendIfPossible(store, id, deviceLine(device));
  }

  const csv = (rows: Iterable<Parameters<Tables['csvLine']>[0]>): string =>
    Array.from(rows, (cells) => tables.csvLine(cells)).join('');

  return {
    deviceFor,
    logDevice,
    splits: {
      list: (project: ProjectId) => store.splits.list(project),
    },
    runs: {
      preview: async (project: Project, request: TrainRequest) => {
        const split = splitFor(project, request.split);
        const members = split === null ? planSplit(ports, project) : store.splits.members(split.id);
        const backbone = await backboneOf(request.backbone);
        const device = await deviceFor(request);
        const provider = device instanceof AppError ? 'cpu' : device.name;
        return previewRun(ports, project, { ...requestOf(request, provider), backbone, device }, split, members);
      },
      /** One queued run a learning rate and seed; draws a split where the project has none. */
      prepareAll: async (
        project: Project,
        request: TrainRequest,
        { seeds, learningRates, ...how }: SweepMembers & { readonly name: string | null; readonly note: string },
        work?: Work,
      ): Promise<{ readonly runs: readonly Run[]; readonly drawn: SplitReport | null }> => {
        const backbone = await backboneOf(request.backbone, work);
        const device = await doctor.choose(request.device ?? readSettings(ports).device);
        const { split, drawn } = splitOrDrawn(project, request.split);
        const { runs } = await prepareRuns(
          ports,
          project,
          { ...requestOf(request, device.name), backbone, split, ...how },
          { seeds, ...given({ learningRates }) },
          work,
        );
        logDevice(runs, device);
        return { runs, drawn };
      },
      rows: (project: ProjectId) => runRows(ports, project),
      row: (id: RunId) => runRow(ports, id),
      get: (id: RunId) => store.runs.get(id),
      page: (id: RunId) => runPage(ports, id),
      mistakes: (id: RunId, subset: Subset, limit: number): readonly Mistake[] => {
        const wrong = mistakes(ports, id, subset, limit);
        const rows = photoRows(
          store,
          store.runs.get(id).projectId,
          wrong.map(({ photo }) => photo),
          null,
        );
        return wrong.flatMap(({ photo: _photo, ...said }, at) => {
          const photo = rows[at];
          return photo === undefined ? [] : [{ photo, ...said }];
        });
      },
      edit: (id: RunId, changes: RunChanges) => editRun(ports, id, changes),
      size: (ids: readonly RunId[]) => runsSize(ports, ids),
      remove: (ids: readonly RunId[]) => removeRuns(ports, ids),
      sweepPage: (project: Project, sweep: number) => sweepPage(ports, project, sweep),
      compare: (ids: readonly RunId[]) => compareRuns(ports, ids),
      csv: (project: ProjectId) => csv(runTable(ports, project)),
      queue: () => store.runs.queue(),
      arrangeQueue: (order: readonly RunId[]) => store.runs.arrangeQueue(order),
      move: (id: RunId, transition: Parameters<typeof store.runs.move>[1]) => store.runs.move(id, transition),
    },
    packs: {
      views: () => packViews(ports),
      view: (id: PackId) => packView(ports, id),
      details: (id: PackId) => packDetails(ports, id),
      get: (id: PackId) => store.packs.get(id),
      rename: (id: PackId, name: string) => renamePack(ports, id, name),
      remove: async (id: PackId) => {
        const removed = await removePack(ports, id);
        // Its number may be given to another pack one day.
        const onnxBytes = await places.remove(profile.relative(`${cachePath('exports')}/${id}.onnx`));
        return { freedBytes: removed.freedBytes + onnxBytes };
      },
      apply: (id: PackId, project: Project, which: WhichPhotos, work?: ApplyWork) =>
        applyPack(ports, id, project, which, work),
      applyFolder: async (id: PackId, folder: string, work?: Work) => {
        const { name } = store.packs.get(id);
        const photos = await findPhotos(ports, [{ path: folder, name: folder }], work);
        const usable = await openPack(ports, String(id), name);
        const predictions = await predictPhotos(ports, usable, photos, work);
        return { ...predictions, summary: found.add(id, folder, predictions) };
      },
      found: (set: number) => found.summary(set),
      foundRows: (set: number, sort: FoundSort, label: string | null, from: number, to: number) =>
        found.rows(set, sort, label, from, to),
      foundCsv: (set: number) => csv(found.table(set)),
      /** Absolute path of a picture of such results. Throws `packs.found-gone`. */
      foundPhotoPath: (set: number, index: number) => found.photoPath(set, index),
      compare: (ids: readonly PackId[], project: Project, which: WhichPhotos, work?: ApplyWork) =>
        compareOnLibrary(ports, compared, ids, project, which, work),
      compareFolder: (ids: readonly PackId[], folder: string, work?: Work) =>
        compareOnFolder(ports, compared, ids, folder, work),
      compared: (set: number) => compared.summary(set),
      comparedRows: (set: number, order: ComparedOrder, from: number, to: number) =>
        compared.rows(set, order, from, to),
      comparedCsv: (set: number, order: ComparedOrder) => csv(compared.table(set, order)),
      /** Absolute path of a picture of such results. Throws `packs.found-gone`. */
      comparedPhotoPath: (set: number, index: number) => compared.photoPath(set, index),
    },
    backbones: {
      views: async () => {
        await embedded();
        return backboneViews(ports);
      },
      card: (identity: BackboneIdentity) => backboneCard(ports, identity),
    },
    settings: {
      get: () => readSettings(ports),
      set: (changes: { readonly [K in keyof Settings]?: Settings[K] | undefined }): Settings => {
        const settings = changeSettings(ports, changes);
        // At once: what a smaller bound is set for is room on the disk.
        if (changes.featureCacheBytes !== undefined) ports.keepFeaturesWithin(ports.featureCache().limitBytes);
        return settings;
      },
      devices: () => doctor.devices(),
      about: async (inWindow: About['host']): Promise<About> => ({
        version: host.appVersion,
        runtime: await ports.runtimeVersion(),
        home: profile.paths.home,
        // What was written last lies in the log beside it.
        databaseBytes: ['', '-wal'].reduce(
          (sum, end) => sum + (statSync(`${profile.paths.database}${end}`, { throwIfNoEntry: false })?.size ?? 0),
          0,
        ),
        cores: machineCores(),
        memoryBytes: totalmem(),
        freeDiskBytes: host.machine().freeDiskBytes,
        host: inWindow,
        notes: profile.notes,
      }),
      featureCache: () => ports.featureCache(),
      caches: (): Promise<readonly CacheSize[]> =>
        Promise.all(
          CACHES.map(async ({ name, title, clearable }) => ({
            name,
            title,
            clearable,
            ...(await places.size(profile.relative(cachePath(name)))),
          })),
        ),
      clearCache: async (name: Exclude<CacheSize['name'], 'runs'>) => ({
        freedBytes: await places.clear(profile.relative(cachePath(name))),
      }),
    },
  };

  function cachePath(name: CacheSize['name']): string {
    return name === 'runs' ? profile.paths.runs : `${profile.paths.cache}/${name}`;
  }
}

const CACHES: readonly Pick<CacheSize, 'name' | 'title' | 'clearable'>[] = [
  { name: 'thumbnails', title: 'Small pictures of photos', clearable: true },
  { name: 'previews', title: 'Large pictures of photos that a browser cannot show itself', clearable: true },
  { name: 'features', title: 'Frozen features of photos, which make training quick', clearable: true },
  { name: 'exports', title: 'Packs that were written as ONNX files', clearable: true },
  { name: 'runs', title: 'Checkpoints and weights of runs', clearable: false },
];
