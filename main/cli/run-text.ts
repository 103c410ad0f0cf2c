/** Runs as people read them. */
import type { Fallback } from '#app/domain/device.ts';
import type { EngineEvent } from '#app/contract/engine.ts';
import { formatBlocks } from '#app/domain/block-sets.ts';
import type { Method } from '#app/domain/run-config.ts';
import type { Evaluation, Run, RunMetric } from '#app/domain/run.ts';
import type { Core } from '../core/open-core.ts';
import { bytes, count, duration, moment, percent, table } from './format.ts';

type Details = ReturnType<Core['runs']['show']>;
type Epoch = Extract<EngineEvent, { type: 'epoch' }>;

export function methodText(method: Method): string {
  if (method.name === 'linear') return 'linear probe';
  const kernel = method.kernel === 0 ? 'no convolution' : `${method.kernel}x${method.kernel} kernel`;
  return (
    `${method.name}, rank ${method.rank}, ${kernel}, extract ${formatBlocks(method.extract)}, ` +
    `adapt ${formatBlocks(method.adapt)}, beta ${method.beta}`
  );
}

export function epochText({ epoch, epochs, trainLoss, validation, learningRate, imagesPerSecond }: Epoch): string {
  const parts = [
    epoch === 0 ? 'start' : `epoch ${epoch}/${epochs}`,
    trainLoss === null ? '' : `loss ${trainLoss.toFixed(4)}`,
    validation === null
      ? ''
      : `validation ${percent(validation.accuracy)} (macro-F1 ${validation.macroF1.toFixed(3)}, loss ${validation.loss.toFixed(3)})`,
    learningRate === null ? '' : `lr ${learningRate.toExponential(1)}`,
    imagesPerSecond === null ? '' : `${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} photos/s`,
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function scores(evaluation: Evaluation | null): readonly string[] {
  if (evaluation === null) return ['-', '-', '-'];
  return [percent(evaluation.accuracy), evaluation.macroF1.toFixed(3), evaluation.loss.toFixed(3)];
}

/** The run's own figures beside those of the linear probe on the same frozen features. */
function resultText({ result, config }: Run): string {
  if (result === null) return '';
  const own = config.method.name;
  const rows = [
    [own, 'test', ...scores(result.evaluations.test)],
    [own, 'validation', ...scores(result.evaluations.validation)],
    ...(result.probe === null || own === 'linear'
      ? []
      : [
          ['linear probe', 'test', ...scores(result.probe.test)],
          ['linear probe', 'validation', ...scores(result.probe.validation)],
        ]),
  ];
  const header = ['', 'photos', 'accuracy', 'macro-F1', 'loss'];
  return [
    table(header, rows, ['left', 'left', 'right', 'right', 'right']),
    `${count(result.sideParameters, 'side parameter')} (and ${result.headParameters.toLocaleString('en-US')} in the head), ` +
      `${duration(result.seconds)}, peak memory ${bytes(result.peakRssBytes)}${forecastWords(config.plan)}`,
    ...(own !== 'linear' && config.recipe.keep === 'best' && result.keptEpoch !== null
      ? [`weights of epoch ${result.keptEpoch}, the best on validation`]
      : []),
    `computed on ${config.plan.provider}${config.plan.weights === 'int8' ? ', with the backbone in 8 bits' : ''}`,
    ...fallbackLines(result.fallbacks ?? []),
  ].join('\n');
}

function forecastWords({ memory }: Run['config']['plan']): string {
  return memory === undefined ? '' : ` (${bytes(memory.peakBytes)} were forecast)`;
}

/** Operators that a provider left to the CPU, a line each. */
export function fallbackLines(fallbacks: readonly Fallback[]): readonly string[] {
  return fallbacks.map(
    ({ operator, nodes, why }) => `on the CPU instead: ${operator} (${count(nodes, 'node')}). ${why}`,
  );
}

export function outcomeText(run: Run): string {
  if (run.state === 'finished') return `${run.name} is finished.\n${resultText(run)}`;
  return `${run.name} was stopped. It goes on from where it was with: dtl runs resume ${run.number}`;
}

export function runTable(runs: readonly Run[]): string {
  const rows = runs.map((run) => [
    String(run.number),
    run.name,
    run.state,
    `${run.config.method.name}${run.config.plan.weights === 'int8' ? ', 8 bits' : ''}`,
    scores(run.result?.evaluations.test ?? null)[0] ?? '',
    scores(run.result?.probe?.test ?? null)[0] ?? '',
    moment(run.createdAt),
    run.error?.message ?? '',
  ]);
  const header = ['run', 'name', 'state', 'method', 'test', 'probe', 'created', ''];
  return table(header, rows, ['right', 'left', 'left', 'left', 'right', 'right']);
}

export function detailText(details: Details): string {
  const { run, split, backbone, photos, metrics, checkpoint, packs, test } = details;
  const { recipe, plan, preprocessing, seed, method } = run.config;
  const { labelRevision, splitDigest, appVersion, runtimeVersion } = run.provenance;
  const settings = (values: object): string =>
    Object.entries(values)
      .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
      .join(', ');
  return [
    `${run.name} (number ${run.number}): ${run.state}${run.error === null ? '' : `. ${run.error.message}`}`,
    ...(run.note === '' ? [] : [`Note: ${run.note}`]),
    `Created ${moment(run.createdAt)}, started ${moment(run.startedAt)}, ended ${moment(run.endedAt)}`,
    `Method: ${methodText(method)}`,
    `Recipe: ${settings(recipe)}`,
    `Plan: ${settings(plan)}`,
    `Preprocessing: ${settings(preprocessing)}`,
    `Seed: ${seed}`,
    `Backbone: ${backbone?.name ?? 'not in this profile any more'} (${run.provenance.backbone})`,
    `Split: "${split.name}" (${splitDigest.slice(0, 12)}), label revision ${labelRevision}: ` +
      `${photos.train} train, ${photos.validation} validation, ${photos.test} test`,
    `Versions: DTL Studio ${appVersion}, ${runtimeVersion}`,
    `Classes: ${run.classes.map(({ name }) => name).join(', ')}`,
    ...(checkpoint === null
      ? []
      : [`Checkpoint: epoch ${checkpoint.epoch}, batch ${checkpoint.step}, ${moment(checkpoint.at)}`]),
    ...packs.map(({ id, bytes: size, sha256 }) => `Pack ${id}: ${bytes(size)}, SHA-256 ${sha256}`),
    ...(metrics.length === 0 ? [] : ['', metricTable(metrics)]),
    ...(run.result === null ? [] : ['', resultText(run)]),
    ...(test === null
      ? []
      : [
          '',
          confusionText(
            test,
            run.classes.map(({ name }) => name),
          ),
        ]),
  ].join('\n');
}

function metricTable(metrics: readonly RunMetric[]): string {
  const rows = metrics.map(({ epoch, trainLoss, learningRate, validation, imagesPerSecond, rssBytes }) => [
    String(epoch),
    trainLoss?.toFixed(4) ?? '-',
    learningRate?.toExponential(2) ?? '-',
    ...scores(validation),
    imagesPerSecond?.toFixed(1) ?? '-',
    bytes(rssBytes),
  ]);
  const header = ['epoch', 'loss', 'lr', 'val accuracy', 'val macro-F1', 'val loss', 'photos/s', 'memory'];
  return table(
    header,
    rows,
    header.map(() => 'right' as const),
  );
}

function confusionText(test: NonNullable<Details['test']>, names: readonly string[]): string {
  const header = ['test: label \\ prediction', ...names.map((_, at) => String(at)), 'precision', 'recall', 'F1'];
  const rows = test.confusion.map((row, label) => {
    const score = test.classes[label];
    return [
      `${label} ${names[label] ?? ''}`,
      ...row.map(String),
      ...(score === undefined ? [] : [percent(score.precision), percent(score.recall), score.f1.toFixed(3)]),
    ];
  });
  return table(
    header,
    rows,
    header.map((_, at) => (at === 0 ? 'left' : 'right')),
  );
}
