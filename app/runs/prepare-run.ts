/** Freezes all that decides a run's outcome, and keeps the record before anything is computed. */
import { choosePlan } from '../domain/choose-plan.ts';
import { count } from '../domain/count.ts';
import { AppError } from '../domain/errors.ts';
import type { MethodSettings } from '../domain/method-defaults.ts';
import { methodFor } from '../domain/method-defaults.ts';
import type { FitPolicy, SixteenBitMapping } from '../domain/preprocessing.ts';
import type { Project } from '../domain/project.ts';
import type { RecipeName } from '../domain/recipes.ts';
import { adjustRecipe, recipes } from '../domain/recipes.ts';
import type { MethodName, Recipe, RunPlan } from '../domain/run-config.ts';
import type { Run, RunSample } from '../domain/run.ts';
import { mergeHistograms, percentileMapping } from '../domain/sixteen-bit.ts';
import type { Split } from '../domain/split.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { Work } from '../ports/work.ts';
import type { RunPorts } from './ports.ts';
import type { Selection } from './select-samples.ts';
import { selectSamples } from './select-samples.ts';

export interface RunRequest {
  readonly split: Split;
  readonly backbone: StoredBackbone;
  readonly method: MethodName;
  readonly methodSettings: MethodSettings;
  readonly recipe: RecipeName;
  readonly recipeChanges: Partial<Recipe>;
  readonly plan: Partial<Pick<RunPlan, 'threads' | 'microBatch' | 'cache'>>;
  readonly seed: number;
  readonly fit: FitPolicy;
  /** Percentiles are measured on the training photos. */
  readonly sixteenBit: SixteenBitMapping['kind'];
  readonly name: string | null;
  readonly note: string;
}

export interface PreparedRun {
  readonly run: Run;
  readonly selection: Selection;
}

/** Throws what `selectSamples` and `methodFor` throw, and `train.recipe`. */
export async function prepareRun(
  ports: RunPorts,
  project: Project,
  request: RunRequest,
  work: Work = {},
): Promise<PreparedRun> {
  const { store, engine, host } = ports;
  const { split, backbone } = request;
  const selection = selectSamples(store, project, split);
  const method = methodFor(request.method, backbone.spec, request.methodSettings);
  const recipe = adjustRecipe(recipes[request.recipe], request.recipeChanges);
  checkRecipe(recipe, selection);
  const chosen = choosePlan(backbone.spec, method, recipe, selection.samples.length, host.machine());
  const plan = { ...chosen, ...request.plan };
  const { runtime } = await engine.run({ kind: 'doctor' });
  const sixteenBit = await mappingOf(ports, request, selection.samples, work);
  const run = store.runs.create(
    {
      projectId: project.id,
      name: request.name,
      note: request.note,
      config: {
        method,
        recipe,
        // A graph for more photos than an update has would only take memory.
        plan: { ...plan, microBatch: Math.min(plan.microBatch, recipe.batchSize) },
        preprocessing: {
          imageSize: backbone.spec.imageSize,
          fit: request.fit,
          interpolation: 'bicubic',
          sixteenBit,
          mean: backbone.mean,
          std: backbone.std,
        },
        seed: request.seed,
      },
      provenance: {
        labelRevision: store.labels.revision(project.id),
        splitId: split.id,
        splitDigest: split.digest,
        backbone: backbone.identity,
        appVersion: host.appVersion,
        runtimeVersion: runtime,
      },
      classes: selection.classes,
    },
    selection.samples,
  );
  return { run, selection };
}

function checkRecipe(recipe: Recipe, { counts }: Selection): void {
  if (recipe.dropLastBatch && counts.train < recipe.batchSize) {
    throw new AppError(
      'train.recipe',
      `The split has ${count(counts.train, 'training photo')}, fewer than one batch of ${recipe.batchSize}, and this recipe leaves incomplete ` +
        'batches out, so nothing would be trained. Nothing was started. Choose a smaller --batch-size or the default recipe.',
      { data: { trainPhotos: counts.train, batchSize: recipe.batchSize } },
    );
  }
  if (recipe.cosineEpochs <= recipe.warmupEpochs) {
    throw new AppError(
      'train.recipe',
      `The warm-up of ${recipe.warmupEpochs} epochs does not end before the cosine of ${recipe.cosineEpochs} does. ` +
        'Nothing was started. Choose a shorter --warmup-epochs.',
    );
  }
}

async function mappingOf(
  { store, images }: RunPorts,
  { sixteenBit }: RunRequest,
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
