/** Freezes all that decides a run's outcome, and keeps the record before anything is computed. */
import type { AskedPlan } from '../domain/choose-plan.ts';
import { choosePlan } from '../domain/choose-plan.ts';
import { count } from '../domain/count.ts';
import { AppError } from '../domain/errors.ts';
import type { MethodSettings } from '../domain/method-defaults.ts';
import { methodFor } from '../domain/method-defaults.ts';
import type { FitPolicy, SixteenBitMapping } from '../domain/preprocessing.ts';
import type { Project } from '../domain/project.ts';
import type { RecipeName } from '../domain/recipes.ts';
import { adjustRecipe, recipes } from '../domain/recipes.ts';
import type { Method, MethodName, Recipe, RunPlan, Subset } from '../domain/run-config.ts';
import type { Run, RunSample } from '../domain/run.ts';
import { sideParameterCount } from '../domain/side-parameters.ts';
import type { SweepMembers } from '../domain/sweep.ts';
import { sweepTag } from '../domain/sweep.ts';
import { mergeHistograms, percentileMapping } from '../domain/sixteen-bit.ts';
import type { Split } from '../domain/split.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { Host } from '../ports/host.ts';
import type { Work } from '../ports/work.ts';
import { cacheProblem } from './cache-problem.ts';
import type { RunPorts } from './ports.ts';
import { preparedLines } from './run-log.ts';
import type { Selection } from './select-samples.ts';
import { selectSamples, tornWarnings } from './select-samples.ts';
import { weightsProblem } from './weights-problem.ts';

export interface RunRequest {
  readonly split: Split;
  readonly backbone: StoredBackbone;
  readonly method: MethodName;
  readonly methodSettings: MethodSettings;
  readonly recipe: RecipeName;
  readonly recipeChanges: Partial<Recipe>;
  readonly plan: AskedPlan;
  readonly seed: number;
  readonly fit: FitPolicy;
  /** Percentiles are measured on the training photos. */
  readonly sixteenBit: SixteenBitMapping['kind'];
  readonly name: string | null;
  readonly note: string;
}

export interface PreparedRuns {
  readonly runs: readonly Run[];
  readonly selection: Selection;
  /** What the person should know of the photos they learn from, as sentences; they are in the logs too. */
  readonly warnings: readonly string[];
}

export interface PreparedRun extends Omit<PreparedRuns, 'runs'> {
  readonly run: Run;
  /** Numbers in the side network, the head not counted. */
  readonly sideParameters: number;
}

/** Throws what `selectSamples` and `methodFor` throw, and `train.recipe`. */
export async function prepareRun(
  ports: RunPorts,
  project: Project,
  request: RunRequest,
  work: Work = {},
): Promise<PreparedRun> {
  const { runs, selection, warnings } = await prepareRuns(ports, project, request, { seeds: [request.seed] }, work);
  const [run] = runs;
  if (run === undefined) throw new AppError('train.no-run', 'No run came out of one seed.', { kind: 'bug' });
  const sideParameters = sideParameterCount(run.config.method, request.backbone.spec);
  return { run, selection, warnings, sideParameters };
}

/**
 * One queued run a learning rate and seed, equal in all else; all of them or none. Those of several learning rates are a
 * sweep and get its tag. Throws what `prepareRun` throws.
 */
export async function prepareRuns(
  ports: RunPorts,
  project: Project,
  request: Omit<RunRequest, 'seed'>,
  { seeds, learningRates }: SweepMembers,
  work: Work = {},
): Promise<PreparedRuns> {
  const { store, host } = ports;
  const { split, backbone } = request;
  const selection = selectSamples(store, project, split);
  const warnings = tornWarnings(selection, split);
  const method = methodFor(request.method, backbone.spec, request.methodSettings);
  const recipe = adjustRecipe(recipes[request.recipe], request.recipeChanges);
  const problem = method.name === 'linear' ? null : recipeProblem(recipe, selection.counts);
  if (problem !== null) throw problem;
  const plan = planFor(request, method, recipe, selection, host);
  const photos = selection.samples.length;
  const clash = cacheProblem({ plan, spec: backbone.spec, method, recipe, photos }, host.machine().cacheBytes);
  if (clash !== null) throw clash;
  const refused = weightsProblem(plan);
  if (refused !== null) throw refused;
  const labelRevision = store.labels.revision(project.id);
  const runtimeVersion = await ports.runtimeVersion();
  const sixteenBit = await mappingOf(ports, request, selection.samples, work);
  const config = {
    method,
    recipe,
    plan,
    preprocessing: {
      imageSize: backbone.spec.imageSize,
      fit: request.fit,
      interpolation: 'bicubic' as const,
      sixteenBit,
      mean: backbone.mean,
      std: backbone.std,
    },
  };
  const provenance = {
    labelRevision,
    splitId: split.id,
    splitDigest: split.digest,
    backbone: backbone.identity,
    appVersion: host.appVersion,
    runtimeVersion,
  };
  const rates = learningRates ?? [recipe.learningRate];
  const members = rates.flatMap((learningRate) => seeds.map((seed) => ({ learningRate, seed })));
  const nameOf = ({ learningRate, seed }: (typeof members)[number]): string | null => {
    if (request.name === null || members.length < 2) return request.name;
    return `${request.name}, ${rates.length > 1 ? `learning rate ${learningRate}, ` : ''}seed ${seed}`;
  };
  const runs = store.transaction(() => {
    const created = members.map((member) => {
      const { learningRate, seed } = member;
      const run = store.runs.create(
        {
          projectId: project.id,
          name: nameOf(member),
          note: request.note,
          config: { ...config, recipe: { ...recipe, learningRate }, seed },
          provenance,
          classes: selection.classes,
        },
        selection.samples,
      );
      store.runs.appendLog(run.id, preparedLines(run, backbone, selection, warnings));
      return run;
    });
    const [first] = created;
    if (first === undefined || learningRates === undefined) return created;
    return created.map(({ id }) => store.runs.edit(id, { tags: [sweepTag(first.number)] }));
  });
  return { runs, selection, warnings };
}

export function planFor(
  { backbone, plan }: Pick<RunRequest, 'backbone' | 'plan'>,
  method: Method,
  recipe: Recipe,
  { samples, classes }: Pick<Selection, 'samples' | 'classes'>,
  host: Pick<Host, 'machine' | 'forecast'>,
): RunPlan {
  const { spec, parameters } = backbone;
  const { weights = 'float32' } = plan;
  const network = { spec, method, classes: Math.max(1, classes.length), weights };
  return choosePlan(
    {
      spec,
      weightBytes: Float32Array.BYTES_PER_ELEMENT * parameters,
      method,
      recipe,
      photos: samples.length,
      peakOf: (choice, cached) => host.forecast({ ...network, ...choice, cached }).peakBytes(samples.length),
    },
    host.machine(),
    plan,
  );
}

/** Why a recipe would train nothing on that many photos; null where it would. */
export function recipeProblem(recipe: Recipe, photos: Readonly<Record<Subset, number>>): AppError | null {
  const { train: trainPhotos, validation } = photos;
  if (recipe.dropLastBatch && trainPhotos < recipe.batchSize) {
    return new AppError(
      'train.recipe',
      `The split has ${count(trainPhotos, 'training photo')}, fewer than one batch of ${recipe.batchSize}, and this recipe leaves incomplete ` +
        'batches out, so nothing would be trained. Nothing was started. Choose a smaller batch size or the default recipe.',
      { data: { trainPhotos, batchSize: recipe.batchSize } },
    );
  }
  if (recipe.cosineEpochs <= recipe.warmupEpochs) {
    return new AppError(
      'train.recipe',
      `The warm-up of ${recipe.warmupEpochs} epochs does not end before the cosine of ${recipe.cosineEpochs} does. ` +
        'Nothing was started. Choose fewer warm-up epochs.',
    );
  }
  if (recipe.keep === 'best' && validation === 0) {
    return new AppError(
      'train.recipe',
      'The split has no validation photos, so no epoch can be called the best on them. Nothing was started. ' +
        'Keep the weights of the last epoch, or draw a split with validation photos.',
    );
  }
  return null;
}

async function mappingOf(
  { store, images }: RunPorts,
  { sixteenBit }: Pick<RunRequest, 'sixteenBit'>,
  samples: readonly RunSample[],
  work: Work,
): Promise<SixteenBitMapping> {
  if (sixteenBit === 'full-range') return { kind: 'full-range' };
  const deep = store.photos
    .getMany(samples.filter(({ subset }) => subset === 'train').map(({ photoId }) => photoId))
    .filter(({ facts }) => facts?.bitsPerSample === 16);
  const histograms: Uint32Array[] = [];
  for (const [done, { path }] of deep.entries()) {
    const histogram = await images.sixteenBitHistogram(path, work.signal).catch((error: unknown) => {
      // A photo that cannot be read now is left out by the run as well.
      if (error instanceof AppError && error.kind === 'expected') return null;
      throw error;
    });
    if (histogram !== null) histograms.push(histogram);
    work.onProgress?.({ phase: 'reading', done: done + 1, total: deep.length });
  }
  // Without 16-bit photos there is nothing to map and nothing to measure.
  return histograms.length === 0 ? { kind: 'full-range' } : percentileMapping(mergeHistograms(histograms));
}
