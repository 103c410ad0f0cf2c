/** Runs side by side, and all of them as a table. */
import type { Comparison, RunRow } from '../contract/runs.ts';
import type { ProjectId, RunId } from '../domain/ids.ts';
import { configWords } from '../domain/setting-words.ts';
import type { SettingWords } from '../domain/setting-words.ts';
import type { Evaluation, RunOverview } from '../domain/run.ts';
import type { Cell } from '../ports/files.ts';
import type { Store } from '../ports/repositories.ts';
import { runRow, runRows } from './run-row.ts';

interface Ports {
  readonly store: Store;
}

type Result = Omit<Comparison['results'][number], 'values'> & { readonly of: (row: RunRow) => number | null };

const shares = (name: string, of: (row: RunRow) => Evaluation | null): readonly Result[] => [
  { name: `${name} accuracy`, unit: 'share', best: 'high', of: (row) => of(row)?.accuracy ?? null },
  { name: `${name} macro-F1`, unit: 'share', best: 'high', of: (row) => of(row)?.macroF1 ?? null },
  { name: `${name} loss`, unit: 'number', best: 'low', of: (row) => of(row)?.loss ?? null },
];

const RESULTS: readonly Result[] = [
  ...shares('Test', ({ test }) => test),
  ...shares('Validation', ({ validation }) => validation),
  {
    name: 'Linear probe, test accuracy',
    unit: 'share',
    best: 'high',
    of: ({ probeTest }) => probeTest?.accuracy ?? null,
  },
  { name: 'Side parameters', unit: 'number', best: 'low', of: ({ sideParameters }) => sideParameters },
  { name: 'Time at work', unit: 'seconds', best: 'low', of: ({ seconds }) => seconds },
  { name: 'Peak memory', unit: 'bytes', best: 'low', of: ({ peakRssBytes }) => peakRssBytes },
];

/** In the given order; settings that are equal everywhere and results that nobody has are left out. Throws `runs.unknown`. */
export function compareRuns({ store }: Ports, ids: readonly RunId[]): Comparison {
  const rows = ids.map((id) => runRow({ store }, id));
  const settings = ids.map((id) => settingsOf(store.runs.overview(id)));
  const names = new Set(settings.flatMap((own) => own.map(({ name }) => name)));
  return {
    runs: rows,
    settings: [...names]
      .map((name) => ({ name, values: settings.map((own) => own.find((one) => one.name === name)?.value ?? '-') }))
      .filter(({ values }) => new Set(values).size > 1),
    results: RESULTS.map(({ of, ...result }) => ({ ...result, values: rows.map(of) })).filter(({ values }) =>
      values.some((value) => value !== null),
    ),
    metrics: ids.map((id) => store.runs.metrics(id)),
  };
}

function settingsOf({ run, photos, splitName, backbone }: RunOverview): readonly SettingWords[] {
  const { labelRevision, splitDigest, appVersion, runtimeVersion, backbone: identity } = run.provenance;
  return [
    { name: 'Backbone', value: `${backbone.name} (${identity.slice(0, 12)})` },
    // Plans that say nothing of the weights took them as they are, and beside another it has to be said.
    ...configWords({ ...run.config, plan: { weights: 'float32', ...run.config.plan } }),
    { name: 'Split', value: `${splitName} (${splitDigest.slice(0, 12)})` },
    { name: 'Label revision', value: String(labelRevision) },
    { name: 'Classes', value: run.classes.map(({ name }) => name).join(', ') },
    { name: 'Photos', value: `${photos.train} training, ${photos.validation} validation, ${photos.test} test` },
    { name: 'Program version', value: appVersion },
    { name: 'Runtime version', value: runtimeVersion },
  ];
}

type Column = readonly [name: string, of: (row: RunRow) => Cell];

const COLUMNS: readonly Column[] = [
  ['run', ({ number }) => number],
  ['name', ({ name }) => name],
  ['state', ({ state }) => state],
  ['method', ({ method }) => method],
  ['backbone', ({ backbone }) => backbone],
  ['backbone_weights', ({ weights }) => weights],
  ['seed', ({ seed }) => seed],
  ['epochs', ({ epochs }) => epochs],
  ['epochs_done', ({ epochs, epochsDone }) => (epochs === null ? null : epochsDone)],
  ['learning_rate', ({ learningRate }) => learningRate],
  ['classes', ({ classes }) => classes],
  ['train_photos', ({ photos }) => photos.train],
  ['validation_photos', ({ photos }) => photos.validation],
  ['test_photos', ({ photos }) => photos.test],
  ['split', ({ split }) => split],
  ['label_revision', ({ labelRevision }) => labelRevision],
  ['validation_accuracy', ({ validation }) => validation?.accuracy ?? null],
  ['validation_macro_f1', ({ validation }) => validation?.macroF1 ?? null],
  ['test_accuracy', ({ test }) => test?.accuracy ?? null],
  ['test_macro_f1', ({ test }) => test?.macroF1 ?? null],
  ['test_loss', ({ test }) => test?.loss ?? null],
  ['probe_test_accuracy', ({ probeTest }) => probeTest?.accuracy ?? null],
  ['side_parameters', ({ sideParameters }) => sideParameters],
  ['seconds', ({ seconds }) => seconds],
  ['peak_memory_bytes', ({ peakRssBytes }) => peakRssBytes],
  ['tags', ({ tags }) => tags.join('; ')],
  ['note', ({ note }) => note],
  ['created', ({ createdAt }) => new Date(createdAt).toISOString()],
  ['error', ({ error }) => error?.message ?? null],
];

/** A table of a project's runs, newest first, with its header. */
export function runTable(ports: Ports, project: ProjectId): readonly (readonly Cell[])[] {
  return [COLUMNS.map(([name]) => name), ...runRows(ports, project).map((row) => COLUMNS.map(([, of]) => of(row)))];
}
