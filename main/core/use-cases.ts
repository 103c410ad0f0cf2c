/** Every use case with its adapters, and the few acts that go through several features. */
import { embeddedBackbone, hasEmbedded, importBackbone, resolveBackbone } from '#app/backbones/backbones.ts';
import type { BackboneReport } from '#app/backbones/backbones.ts';
import type { Pack } from '#app/domain/pack.ts';
import type { Project } from '#app/domain/project.ts';
import type { Subset } from '#app/domain/run-config.ts';
import type { Run } from '#app/domain/run.ts';
import type { Split } from '#app/domain/split.ts';
import type { StoredBackbone } from '#app/domain/stored-backbone.ts';
import { LABEL_COLUMNS, labelRows } from '#app/labels/export-labels.ts';
import { importFolderLabels } from '#app/labels/import-folder-labels.ts';
import type { FolderLabelOptions } from '#app/labels/import-folder-labels.ts';
import { importLabelTable } from '#app/labels/import-label-table.ts';
import type { TableImport, TableLabelReport } from '#app/labels/import-label-table.ts';
import { importFolder } from '#app/library/import-folder.ts';
import { exportPack } from '#app/packs/export-pack.ts';
import {
  findStoredPack,
  importPack,
  verifyAwaiting,
  verifyPackFile,
  verifyStoredPack,
} from '#app/packs/import-pack.ts';
import type { PackReport } from '#app/packs/import-pack.ts';
import { findPhotos, openPack, predictPhotos } from '#app/packs/predict.ts';
import type { NamedPhoto, UsablePack } from '#app/packs/predict.ts';
import type { EnginePort } from '#app/ports/engine.ts';
import type { BackboneHints, Cell, Profile } from '#app/ports/files.ts';
import type { Store } from '#app/ports/repositories.ts';
import type { Work } from '#app/ports/work.ts';
import { createProject, listProjects, resolveProject, showProject } from '#app/projects/projects.ts';
import { executeRun } from '#app/runs/execute-run.ts';
import type { RunWork } from '#app/runs/execute-run.ts';
import { asItStands, listRuns, resolveResumable, resolveRun, showRun } from '#app/runs/find-runs.ts';
import { prepareRun } from '#app/runs/prepare-run.ts';
import type { PreparedRun, RunRequest } from '#app/runs/prepare-run.ts';
import { runPredictions } from '#app/runs/run-predictions.ts';
import { drawProjectSplit } from '#app/splits/draw-project-split.ts';
import type { SplitReport, SplitRequest } from '#app/splits/draw-project-split.ts';
import { findSplit } from '#app/splits/find-split.ts';
import { keepGivenSplit } from '#app/splits/keep-given-split.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { createImageStore } from '../images/image-store.ts';
import { backboneFiles, packFiles, photoFiles, tables } from './files.ts';
import { hostOf } from './machine.ts';

export interface Opened {
  readonly profile: Profile;
  readonly store: Store;
  readonly engine: EnginePort;
  readonly writable: boolean;
  /** Whether a living process owns the profile. */
  readonly owned: boolean;
}

export interface TrainRequest extends Omit<RunRequest, 'split' | 'backbone'> {
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
  const host = hostOf(profile.paths.home);
  const images = createImageStore();
  const ports = {
    profile,
    store,
    engine,
    host,
    images,
    tables,
    photoFiles,
    packFiles,
    backboneFiles: backboneFiles(profile.paths.backbones),
  };

  /** The first use of a profile puts the program's own backbone into it; who only reads takes what is there. */
  async function offerEmbedded(work: Work = {}): Promise<void> {
    if (writable) await embeddedBackbone(ports, work);
  }

  async function backboneNamed(reference: string | null): Promise<StoredBackbone | null> {
    await offerEmbedded();
    return reference === null ? null : resolveBackbone(ports, reference);
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
    },
    library: {
      import: (project: Project, folder: string, work?: Work) => importFolder(ports, project, folder, work),
    },
    labels: {
      fromFolders: (project: Project, options: FolderLabelOptions) => importFolderLabels(ports, project, options),
      fromTable: async (project: Project, request: TableImport): Promise<TableReport> => {
        const { subsets, ...report } = await importLabelTable(ports, project, request);
        return { ...report, split: subsets.size === 0 ? null : keepGivenSplit(ports, project, subsets) };
      },
      rows: (project: Project) => labelRows(ports, project),
      columns: LABEL_COLUMNS,
    },
    tables: {
      writeCsv: (path: string, header: readonly string[], rows: Iterable<readonly Cell[]>) =>
        tables.writeCsv(path, header, rows),
      writeText: (path: string, text: string) => writeFileAtomic(path, new TextEncoder().encode(text)),
      csvLine: (cells: readonly Cell[]) => tables.csvLine(cells),
    },
    splits: {
      draw: (project: Project, request?: SplitRequest) => drawProjectSplit(ports, project, request),
    },
    backbones: {
      import: async (file: string, hints: BackboneHints, work?: Work): Promise<ImportedBackbone> => {
        const report = await importBackbone(ports, file, hints, work);
        return { ...report, packs: await verifyAwaiting(ports, report.backbone.identity) };
      },
      hasEmbedded: () => hasEmbedded(ports),
      list: async () => {
        await offerEmbedded();
        return store.backbones.list();
      },
    },
    runs: {
      /** Checks everything and keeps the record; nothing is computed yet. */
      prepare: async (project: Project, request: TrainRequest, work?: Work): Promise<StartedRun> => {
        const embedded = await embeddedBackbone(ports, work);
        const backbone = request.backbone === null ? embedded : resolveBackbone(ports, request.backbone);
        const { split, drawnSplit } = splitOf(project, request.split);
        return { ...(await prepareRun(ports, project, { ...request, split, backbone }, work)), drawnSplit };
      },
      execute: (run: Run, work?: RunWork) => executeRun(ports, run.id, work),
      list: (project: Project) => listRuns(ports, project, owned),
      resolve: (project: Project, reference: string | null) => asItStands(resolveRun(ports, project, reference), owned),
      resolveResumable: (project: Project, reference: string | null) => resolveResumable(ports, project, reference),
      show: (run: Run) => showRun(ports, run),
      predictions: (run: Run, subset: Subset) => runPredictions(ports, run, subset),
    },
    packs: {
      export: (run: Run, out: string | null) => exportPack(ports, run, out),
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
    predict: {
      open: async (reference: string, file: string) => {
        await offerEmbedded();
        return openPack(ports, reference, file);
      },
      find: (inputs: readonly NamedPhoto[], work?: Work) => findPhotos(ports, inputs, work),
      run: (pack: UsablePack, photos: readonly NamedPhoto[], work?: Work) => predictPhotos(ports, pack, photos, work),
    },
  };
}
