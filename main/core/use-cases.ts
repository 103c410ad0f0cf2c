/** Every use case with its adapters, and the few acts that go through several features. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TrainPreview } from '#app/contract/runs.ts';
import { AppError } from '#app/domain/errors.ts';
import { embeddedBackbone, hasEmbedded, importBackbone, resolveBackbone } from '#app/backbones/backbones.ts';
import type { BackboneReport } from '#app/backbones/backbones.ts';
import type { BackboneChanges } from '#app/backbones/change-backbone.ts';
import { editBackbone, removeBackbone } from '#app/backbones/change-backbone.ts';
import type { PhotoMark } from '#app/domain/edit.ts';
import { FEATURE_FOLDER, featureCacheState, plannableBytes } from '#app/domain/feature-cache.ts';
import type { BackboneIdentity, ClassId, PackId, PhotoId, ProjectId, RunId } from '#app/domain/ids.ts';
import type { Pack } from '#app/domain/pack.ts';
import type { Photo } from '#app/domain/photo.ts';
import type { Project } from '#app/domain/project.ts';
import type { Subset } from '#app/domain/run-config.ts';
import type { Run } from '#app/domain/run.ts';
import type { Split } from '#app/domain/split.ts';
import type { StoredBackbone } from '#app/domain/stored-backbone.ts';
import type { SweepMembers } from '#app/domain/sweep.ts';
import { summariseSweep } from '#app/domain/sweep.ts';
import { LABEL_COLUMNS, labelRows } from '#app/labels/export-labels.ts';
import { importFolderLabels } from '#app/labels/import-folder-labels.ts';
import type { FolderLabelOptions } from '#app/labels/import-folder-labels.ts';
import { importLabelTable } from '#app/labels/import-label-table.ts';
import type { TableImport, TableLabelReport } from '#app/labels/import-label-table.ts';
import { addClass, classViews, editClass, mergeClass, orderClasses, removeClass } from '#app/labels/edit-classes.ts';
import type { GivenFields } from '#app/labels/edit-classes.ts';
import { editState, redoEdit, undoEdit } from '#app/labels/edits.ts';
import { checkHistory, HISTORY_COLUMNS, historyRows } from '#app/labels/label-history.ts';
import { acceptWords, excludeFolder, labelPhotos, markPhotos } from '#app/labels/label-photos.ts';
import { confusedPhotos, folderViews, libraryFacets, offerFolder } from '#app/library/facets.ts';
import { importFolder } from '#app/library/import-folder.ts';
import { photoDetails, photoRows } from '#app/library/photo-rows.ts';
import { relocateFolder } from '#app/library/relocate-folder.ts';
import { createViews } from '#app/library/views.ts';
import { exportOnnx } from '#app/packs/export-onnx.ts';
import { exportPack } from '#app/packs/export-pack.ts';
import {
  findStoredPack,
  importPack,
  verifyAwaiting,
  verifyPackFile,
  verifyStoredPack,
} from '#app/packs/import-pack.ts';
import type { PackReport } from '#app/packs/import-pack.ts';
import { findPhotos, openPack, predictWithPacks } from '#app/packs/predict.ts';
import type { NamedPhoto, UsablePack } from '#app/packs/predict.ts';
import type { EnginePort } from '#app/ports/engine.ts';
import type { DeviceChoice } from '#app/domain/device.ts';
import type { BackboneHints, Cell, Profile } from '#app/ports/files.ts';
import type { Host } from '#app/ports/host.ts';
import type { Store } from '#app/ports/repositories.ts';
import type { Work } from '#app/ports/work.ts';
import { projectCard, projectCards } from '#app/projects/project-cards.ts';
import {
  createProject,
  freeProjectName,
  listProjects,
  renameProject,
  resolveProject,
  showProject,
} from '#app/projects/projects.ts';
import { executeRun } from '#app/runs/execute-run.ts';
import type { RunWork } from '#app/runs/execute-run.ts';
import { asItStands, listRuns, resolveResumable, resolveRun, showRun } from '#app/runs/find-runs.ts';
import { findSweep } from '#app/runs/find-sweep.ts';
import { prepareRun, prepareRuns } from '#app/runs/prepare-run.ts';
import type { PreparedRun, PreparedRuns, RunRequest } from '#app/runs/prepare-run.ts';
import { previewRun } from '#app/runs/preview-run.ts';
import { runPredictions } from '#app/runs/run-predictions.ts';
import { readSettings } from '#app/settings/settings.ts';
import { drawProjectSplit, planSplit } from '#app/splits/draw-project-split.ts';
import type { SplitReport, SplitRequest } from '#app/splits/draw-project-split.ts';
import { findSplit } from '#app/splits/find-split.ts';
import { keepGivenSplit } from '#app/splits/keep-given-split.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { featureBytes, keepFeaturesWithin } from '../files/cache/feature-files.ts';
import { pictureCache } from '../files/cache/picture-cache.ts';
import { profilePlaces } from '../files/profile/places.ts';
import { createImageStore } from '../images/image-store.ts';
import { archiveFiles } from '../files/archive/archive-files.ts';
import { archiveCases } from './archive-cases.ts';
import { backupCases } from './backup-cases.ts';
import { backboneFiles, packFiles, photoFiles, tables } from './files.ts';
import { doctorOf } from './doctor.ts';
import { hostOf, photosAtOnce } from './machine.ts';
import { bindRunning } from './running-cases.ts';

export interface Opened {
  readonly profile: Profile;
  readonly store: Store;
  readonly engine: EnginePort;
  readonly writable: boolean;
  /** Whether a living process owns the profile. */
  readonly owned: boolean;
}

export interface TrainRequest extends Omit<RunRequest, 'split' | 'backbone'> {
  /** Null: what is set for the profile. */
  readonly device: DeviceChoice | null;
  /** By name; null: the newest, drawn now where there is none. */
  readonly split: string | null;
  /** By name or identity; null: the one that comes with the program. */
  readonly backbone: string | null;
}

export interface StartedRun extends PreparedRun {
  /** The split that was drawn because the project had none. */
  readonly drawnSplit: SplitReport | null;
}

export interface ImportedBackbone extends BackboneReport {
  /** Packs that had waited for it, with what is wrong with those that failed. */
  readonly packs: Awaited<ReturnType<typeof verifyAwaiting>>;
}

export interface TableReport extends Omit<TableLabelReport, 'subsets'> {
  /** The split that the table gives, null where it gives none. */
  readonly split: SplitReport | null;
}

export type UseCases = ReturnType<typeof bindUseCases>;

export function bindUseCases({ profile, store, engine, writable, owned }: Opened) {
  const machine = hostOf(profile.paths.home);
  const featureCache = () =>
    featureCacheState(
      readSettings({ store }).featureCacheBytes,
      machine.machine().freeDiskBytes,
      featureBytes(profile.locate(FEATURE_FOLDER)),
    );
  /** With what a person set for this profile. */
  const host: Host = {
    ...machine,
    machine: () => {
      const facts = machine.machine();
      return {
        ...facts,
        physicalCores: readSettings({ store }).threads ?? facts.physicalCores,
        cacheBytes: plannableBytes(featureCache(), facts.freeDiskBytes),
      };
    },
  };
  const doctor = doctorOf(engine);
  const images = createImageStore({ concurrency: photosAtOnce() });
  const thumbnails = pictureCache(join(profile.paths.cache, 'thumbnails'));
  const ports = {
    /** Who is named in the history of labels. */
    actor: () => readSettings({ store }).actor ?? host.actor,
    profile,
    store,
    engine,
    host,
    images,
    thumbnails,
    tables,
    photoFiles,
    packFiles,
    backboneFiles: backboneFiles(profile.paths.backbones),
    places: profilePlaces(profile),
    featureCache,
    keepFeaturesWithin: (limitBytes: number) => keepFeaturesWithin(profile.locate(FEATURE_FOLDER), limitBytes),
    doctor,
    runtimeVersion: async () => (await doctor.report()).runtime,
  };
  const archivePorts = { ...ports, archiveFiles, now: Date.now };
  const running = bindRunning(ports, (work) => embeddedBackbone(ports, work));

  /** The first use of a profile puts the program's own backbone into it; who only reads takes what is there. */
  async function offerEmbedded(work: Work = {}): Promise<void> {
    if (writable) await embeddedBackbone(ports, work);
  }

  async function backboneNamed(reference: string | null): Promise<StoredBackbone | null> {
    await offerEmbedded();
    return reference === null ? null : resolveBackbone(ports, reference);
  }

  function onnxPath(id: PackId): string {
    return join(profile.paths.cache, 'exports', `${id}.onnx`);
  }

  function splitOf(project: Project, name: string | null): { split: Split; drawnSplit: SplitReport | null } {
    const known = findSplit(ports, project, name);
    if (known !== null) return { split: known, drawnSplit: null };
    const drawnSplit = drawProjectSplit(ports, project);
    return { split: drawnSplit.split, drawnSplit };
  }

  return {
    projects: {
      create: (name: string) => createProject(ports, name),
      list: () => listProjects(ports),
      show: (project: Project) => showProject(ports, project),
      resolve: (name: string | null) => resolveProject(ports, name),
      get: (id: ProjectId) => store.projects.get(id),
      rename: (id: ProjectId, name: string) => renameProject(ports, id, name),
      open: (id: ProjectId) => store.projects.markOpened(id),
      /** The wanted name where it is free, else with a number. */
      freeName: (wanted: string) => freeProjectName(ports, wanted),
      cards: () => projectCards(store),
      card: (project: Project) => projectCard(store, project),
    },
    backups: backupCases(store, profile.paths),
    archives: archiveCases(archivePorts, profile.paths.home, offerEmbedded),
    library: {
      import: (project: Project, folder: string, work?: Work) => importFolder(ports, project, folder, work),
      relocate: (project: Project, from: string, to: string, work?: Work) =>
        relocateFolder(ports, project, from, to, work),
      views: createViews(store),
      rows: (project: ProjectId, photos: readonly PhotoId[], pack: PackId | null) =>
        photoRows(store, project, photos, pack),
      photo: (photo: PhotoId) => photoDetails(store, photo),
      facets: (project: ProjectId) => libraryFacets(store, project),
      folders: (project: ProjectId) => folderViews(ports, project),
      offer: (folder: string) => offerFolder(ports, folder),
      confused: (run: RunId, cell: Parameters<typeof confusedPhotos>[2]) => confusedPhotos(store, run, cell),
    },
    labels: {
      fromFolders: (project: Project, options: FolderLabelOptions) => importFolderLabels(ports, project, options),
      fromTable: async (project: Project, request: TableImport): Promise<TableReport> => {
        const { subsets, ...report } = await importLabelTable(ports, project, request);
        return { ...report, split: subsets.size === 0 ? null : keepGivenSplit(ports, project, subsets) };
      },
      rows: (project: Project) => labelRows(ports, project),
      columns: LABEL_COLUMNS,
      history: (project: Project) => historyRows(ports, project),
      historyColumns: HISTORY_COLUMNS,
      checkHistory: (project: Project, writtenDown: string | null) => checkHistory(ports, project, writtenDown),
      revision: (project: ProjectId) => store.labels.revision(project),
      set: (project: ProjectId, photos: readonly PhotoId[], wanted: ClassId | null) =>
        labelPhotos(ports, project, photos, wanted),
      mark: (project: ProjectId, photos: readonly PhotoId[], mark: PhotoMark, to: boolean) =>
        markPhotos(ports, project, photos, mark, to),
      excludeFolder: (project: Project, folder: string) => excludeFolder(ports, project, folder),
      accept: (project: ProjectId, photos: readonly PhotoId[], pack: PackId) =>
        acceptWords(ports, project, photos, store.packs.get(pack)),
      state: (project: ProjectId) => editState(ports, project),
      undo: (project: ProjectId, meant?: number | null) => undoEdit(ports, project, meant),
      redo: (project: ProjectId, meant?: number | null) => redoEdit(ports, project, meant),
    },
    classes: {
      list: (project: ProjectId) => classViews(store, project),
      add: (project: ProjectId, fields: GivenFields & { readonly name: string }) => addClass(ports, project, fields),
      edit: (project: ProjectId, id: ClassId, fields: GivenFields) => editClass(ports, project, id, fields),
      merge: (project: ProjectId, id: ClassId, into: ClassId) => mergeClass(ports, project, id, into),
      remove: (project: ProjectId, id: ClassId) => removeClass(ports, project, id),
      reorder: (project: ProjectId, order: readonly ClassId[]) => orderClasses(ports, project, order),
    },
    tables: {
      writeCsv: (path: string, header: readonly string[], rows: Iterable<readonly Cell[]>) =>
        tables.writeCsv(path, header, rows),
      writeText: (path: string, text: string) => writeFileAtomic(path, new TextEncoder().encode(text)),
      csvLine: (cells: readonly Cell[]) => tables.csvLine(cells),
    },
    splits: {
      ...running.splits,
      draw: (project: Project, request?: SplitRequest) => drawProjectSplit(ports, project, request),
    },
    backbones: {
      ...running.backbones,
      import: async (file: string, hints: BackboneHints, work?: Work): Promise<ImportedBackbone> => {
        const report = await importBackbone(ports, file, hints, work);
        return { ...report, packs: await verifyAwaiting(ports, report.backbone.identity) };
      },
      inspect: (file: string, hints: BackboneHints) => ports.backboneFiles.inspect(file, hints),
      named: async (reference: string) => {
        await offerEmbedded();
        return resolveBackbone(ports, reference);
      },
      edit: (identity: BackboneIdentity, changes: BackboneChanges, work?: Work) =>
        editBackbone(ports, identity, changes, work),
      remove: (identity: BackboneIdentity) => removeBackbone(ports, identity),
      neededBy: (identity: BackboneIdentity) => store.backbones.neededBy(identity),
      hasEmbedded: () => hasEmbedded(ports),
      list: async () => {
        await offerEmbedded();
        return store.backbones.list();
      },
    },
    runs: {
      ...running.runs,
      /** Checks everything and keeps the record; nothing is computed yet. */
      prepare: async (project: Project, request: TrainRequest, work?: Work): Promise<StartedRun> => {
        const device = await doctor.choose(request.device ?? readSettings({ store }).device);
        const embedded = await embeddedBackbone(ports, work);
        const backbone = request.backbone === null ? embedded : resolveBackbone(ports, request.backbone);
        const { split, drawnSplit } = splitOf(project, request.split);
        const plan = { ...request.plan, provider: device.name };
        const prepared = await prepareRun(ports, project, { ...request, plan, split, backbone }, work);
        running.logDevice([prepared.run], device);
        return { ...prepared, drawnSplit };
      },
      /** What would be trained, and whether it fits. Keeps nothing; a split that would be drawn is not drawn. */
      dryRun: async (project: Project, request: TrainRequest, work?: Work): Promise<TrainPreview> => {
        const device = await running.deviceFor(request);
        const embedded = await embeddedBackbone(ports, work);
        const backbone = request.backbone === null ? embedded : resolveBackbone(ports, request.backbone);
        const split = request.split === null ? store.splits.latest(project.id) : splitOf(project, request.split).split;
        const members = split === null ? planSplit(ports, project) : store.splits.members(split.id);
        const plan = { ...request.plan, provider: device instanceof AppError ? ('cpu' as const) : device.name };
        return previewRun(ports, project, { ...request, plan, backbone, device }, split, members);
      },
      /** One queued run a learning rate and seed. */
      prepareSweep: async (
        project: Project,
        request: TrainRequest,
        members: SweepMembers,
        work?: Work,
      ): Promise<PreparedRuns & { readonly drawnSplit: SplitReport | null }> => {
        const device = await doctor.choose(request.device ?? readSettings({ store }).device);
        const embedded = await embeddedBackbone(ports, work);
        const backbone = request.backbone === null ? embedded : resolveBackbone(ports, request.backbone);
        const { split, drawnSplit } = splitOf(project, request.split);
        const plan = { ...request.plan, provider: device.name };
        const prepared = await prepareRuns(ports, project, { ...request, plan, split, backbone }, members, work);
        running.logDevice(prepared.runs, device);
        return { ...prepared, drawnSplit };
      },
      sweep: (project: Project, reference: string | null) => {
        const { tag, runs } = findSweep(ports, project, reference);
        return { tag, runs, summary: summariseSweep(runs) };
      },
      execute: (run: Run, work?: RunWork) => executeRun(ports, run.id, work),
      list: (project: Project) => listRuns(ports, project, owned),
      resolve: (project: Project, reference: string | null) => asItStands(resolveRun(ports, project, reference), owned),
      resolveResumable: (project: Project, reference: string | null) => resolveResumable(ports, project, reference),
      show: (run: Run) => showRun(ports, run),
      predictions: (run: Run, subset: Subset) => runPredictions(ports, run, subset),
    },
    packs: {
      ...running.packs,
      export: (run: Run, out: string | null) => exportPack(ports, run, out),
      /** A pack of the profile (number or name) or a file, as `predict.open` gives it. */
      exportOnnx: (pack: UsablePack, out: string, work?: Work) => exportOnnx(ports, pack, out, work),
      /** Into the profile's cache, from where it is handed out. */
      exportOnnxHere: async (pack: Pack, work?: Work) => {
        const usable = await openPack(ports, String(pack.id), pack.name);
        const path = onnxPath(pack.id);
        await mkdir(dirname(path), { recursive: true });
        return exportOnnx(ports, usable, path, work);
      },
      import: async (path: string, name: string | null): Promise<PackReport> => {
        await offerEmbedded();
        return importPack(ports, path, name);
      },
      list: () => store.packs.list(),
      /** Absolute. */
      pathOf: (pack: Pack) => profile.locate(pack.path),
      find: (reference: string): Pack | null => findStoredPack(ports, reference),
      read: (path: string) => packFiles.read(path),
      verifyFile: async (path: string, backbone: string | null): Promise<PackReport> =>
        verifyPackFile(ports, path, await backboneNamed(backbone)),
      verifyStored: async (pack: Pack, backbone: string | null): Promise<PackReport> =>
        verifyStoredPack(ports, pack, await backboneNamed(backbone)),
    },
    settings: running.settings,
    pictures: {
      images,
      thumbnails,
      previews: pictureCache(join(profile.paths.cache, 'previews')),
      photo: (id: PhotoId): Photo => store.photos.get(id),
      pack: (id: PackId): { readonly name: string; readonly path: string } => {
        const { name, path } = store.packs.get(id);
        return { name, path: profile.locate(path) };
      },
      onnx: (id: PackId): { readonly name: string; readonly path: string } => ({
        name: store.packs.get(id).name,
        path: onnxPath(id),
      }),
    },
    predict: {
      open: async (reference: string, file: string) => {
        await offerEmbedded();
        return openPack(ports, reference, file);
      },
      find: (inputs: readonly NamedPhoto[], work?: Work) => findPhotos(ports, inputs, work),
      run: (packs: readonly UsablePack[], photos: readonly NamedPhoto[], work?: Work) =>
        predictWithPacks(ports, packs, photos, work),
    },
  };
}
