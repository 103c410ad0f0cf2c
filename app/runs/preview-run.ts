/** What would be trained, and how long it would take. Changes nothing. */
import type { TrainPreview } from '../contract/runs.ts';
import { cacheBytes, chooseCache, decodedBytes } from '../domain/choose-plan.ts';
import { count } from '../domain/count.ts';
import type { ChosenDevice } from '../domain/device.ts';
import { deviceTitles } from '../domain/device.ts';
import { AppError } from '../domain/errors.ts';
import { methodFor } from '../domain/method-defaults.ts';
import { methodWords } from '../domain/method-words.ts';
import type { Project } from '../domain/project.ts';
import { adjustRecipe, recipes } from '../domain/recipes.ts';
import type { Method, Recipe } from '../domain/run-config.ts';
import { headTensors, sideParameterCount } from '../domain/side-parameters.ts';
import type { Split } from '../domain/split.ts';
import type { Host } from '../ports/host.ts';
import type { Store } from '../ports/repositories.ts';
import { cacheProblem } from './cache-problem.ts';
import { secondsToExpect } from './expected-time.ts';
import { forecastPlan } from './forecast-plan.ts';
import { planFor, recipeProblem } from './prepare-run.ts';
import { previewMemory } from './preview-memory.ts';
import type { RunRequest } from './prepare-run.ts';
import { gatherSamples, tornWarnings, untrainable } from './select-samples.ts';
import type { Selection, SplitPlan } from './select-samples.ts';
import { weightsProblem } from './weights-problem.ts';

interface Ports {
  readonly store: Store;
  readonly host: Host;
  readonly doctor: { readonly productRate: (threads: number) => Promise<number | null> };
}

export interface PreviewRequest extends Omit<RunRequest, 'split' | 'seed' | 'name' | 'note' | 'sixteenBit' | 'fit'> {
  /** Or why there is none. */
  readonly device: ChosenDevice | AppError;
}

/** `split`: null where `members` are those of one that would be drawn when the run starts. */
export async function previewRun(
  ports: Ports,
  project: Project,
  request: PreviewRequest,
  split: Split | null,
  members: SplitPlan['members'],
): Promise<TrainPreview> {
  const { store, doctor } = ports;
  // A form asks with every key, and what the cache takes is counted file by file.
  const machine = ports.host.machine();
  const host: Host = { ...ports.host, machine: () => machine };
  const { backbone, device } = request;
  const plan: SplitPlan = { name: split?.name ?? 'the split that would be drawn', members };
  const selection = gatherSamples(store, project, plan);
  const recipe = adjustRecipe(recipes[request.recipe], request.recipeChanges);
  const asked = methodOf(request);
  const usual = methodFor(request.method, backbone.spec);
  const method = asked instanceof AppError ? usual : asked;
  const photos = selection.samples.length;
  const runPlan = planFor(request, method, recipe, selection, host);
  const problems = [
    untrainable(project, plan, selection),
    asked instanceof AppError ? asked : null,
    device instanceof AppError ? device : null,
    photos === 0 || method.name === 'linear' ? null : recipeProblem(recipe, selection.counts),
    cacheProblem({ plan: runPlan, spec: backbone.spec, method, recipe, photos }, machine.cacheBytes),
    weightsProblem(runPlan),
  ].flatMap((problem) => (problem === null ? [] : [problem.message.replace(/ Nothing was started[^.]*\./, '')]));
  const head = [...headTensors(selection.classes.length, backbone.spec).values()];
  return {
    photos: selection.counts,
    classes: classCounts(selection),
    unlabelled: selection.unlabelled,
    notInSplit: selection.notInSplit,
    excluded: selection.excluded,
    leftOut: selection.leftOut.length,
    split: split === null ? null : { id: split.id, name: split.name, labelRevision: split.labelRevision },
    backbone: { identity: backbone.identity, name: backbone.name, parameters: backbone.parameters },
    method: methodWords(method, backbone.spec),
    side: asked instanceof AppError || asked.name === 'linear' ? null : asked,
    usualSide: usual.name === 'linear' ? null : usual,
    sideParameters: sideParameterCount(method, backbone.spec),
    headParameters: head.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0),
    recipe,
    threads: runPlan.threads,
    microBatch: runPlan.microBatch,
    cache: runPlan.cache,
    weights: runPlan.weights ?? 'float32',
    cacheBytes: photos * cacheBytes(backbone.spec, method, runPlan.cache),
    scratchBytes: photos * decodedBytes(backbone.spec, method, runPlan.cache),
    copyBytes: forecastPlan(host, { backbone, method, plan: runPlan, classes: selection.classes.length }).copyBytes,
    memory: previewMemory(runPlan, request.plan, { backbone, method, recipe, selection }, host),
    device: {
      name: runPlan.provider === 'cpu' ? `CPU, ${count(runPlan.threads, 'thread')}` : deviceTitles[runPlan.provider],
      why: device instanceof AppError ? '' : device.why,
    },
    secondsToExpect: await secondsToExpect(
      { store, host, productRate: doctor.productRate },
      { backbone, method, recipe, plan: runPlan, selection },
    ),
    problems,
    warnings: warningsOf(selection, split, recipe, {
      cacheTooLarge:
        runPlan.cache === 'none' && chooseCache({ spec: backbone.spec, method, recipe, photos }, Infinity) !== 'none',
      cached: runPlan.cache !== 'none',
      augments: method.name !== 'linear' && recipe.augmentation !== 'none',
    }),
  };
}

function methodOf({ method, backbone, methodSettings }: PreviewRequest): Method | AppError {
  try {
    return methodFor(method, backbone.spec, methodSettings);
  } catch (error) {
    if (error instanceof AppError && error.kind === 'expected') return error;
    throw error;
  }
}

function classCounts({ classes, samples }: Selection): TrainPreview['classes'] {
  const rows = classes.map(({ name }) => ({ name, train: 0, validation: 0, test: 0 }));
  for (const { label, subset } of samples) {
    const row = rows[label];
    if (row !== undefined) row[subset]++;
  }
  return rows;
}

function warningsOf(
  { counts, samples, notInSplit, leftOut, excluded, torn }: Selection,
  split: Split | null,
  recipe: Recipe,
  { cacheTooLarge, cached, augments }: Readonly<Record<'cacheTooLarge' | 'cached' | 'augments', boolean>>,
): readonly string[] {
  const some = samples.length > 0;
  const photos = (value: number): string => count(value, 'labelled photo is', 'labelled photos are');
  return [
    split !== null && notInSplit > 0
      ? `${photos(notInSplit)} in no subset of "${split.name}" and would not be used. Draw the split again to include them.`
      : '',
    ...(split === null ? [] : tornWarnings({ torn }, split)),
    leftOut.length > 0 ? `${photos(leftOut.length)} missing or cannot be decoded, and would be left out.` : '',
    excluded > 0 ? `${photos(excluded)} excluded and would not be used.` : '',
    some && counts.validation === 0
      ? 'No photo is there for validation: how well the run goes would show only at its end.'
      : '',
    some && counts.test === 0 ? 'No photo is there for the test: nothing would say how good the result is.' : '',
    cacheTooLarge
      ? 'The frozen features do not fit into the feature cache, so they would be computed at every step: it takes longer. ' +
        'Its limit is in the settings.'
      : '',
    augments
      ? 'Augmentation changes every photo at every step, so frozen features cannot be kept: it takes longer.'
      : '',
    cached && recipe.dropPath > 0
      ? 'Drop path applies only behind the frozen features, which are kept and the same at every step.'
      : '',
  ].filter((sentence) => sentence !== '');
}
