/** How long a run will take, from runs of before. */
import type { MemoryChoice } from '../domain/choose-memory.ts';
import type { Method, Recipe, RunPlan } from '../domain/run-config.ts';
import type { Run } from '../domain/run.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { Host, RunForecast } from '../ports/host.ts';
import type { Store } from '../ports/repositories.ts';
import type { Selection } from './select-samples.ts';

interface Ports {
  readonly store: Store;
  readonly host: Pick<Host, 'forecast'>;
  /** Floating-point operations a second in plain products on the CPU with so many threads; null where it cannot be told. */
  readonly productRate: (threads: number) => Promise<number | null>;
}

export interface ExpectedRun {
  readonly backbone: StoredBackbone;
  readonly method: Method;
  readonly recipe: Recipe;
  readonly plan: RunPlan;
  readonly selection: Pick<Selection, 'counts' | 'samples' | 'classes'>;
}

/** Runs that are looked at for their speed. */
const LOOKED_AT = 50;
/** What a step reaches of the plain products' rate: 0.92 to 0.96 on ViT-B, less on small backbones. */
const SHARE_OF_PRODUCTS = 0.85;

/**
 * From the newest finished run with this backbone, method, number of threads and way of caching: its photos a second for
 * the epochs, and what it needed beside them (features, probe, last evaluation) a photo. Where there is none, from the
 * arithmetic that both take and the newest finished run of another kind on the same device. Where nothing was ever
 * trained, from how fast this CPU multiplies; null on another device.
 */
export async function secondsToExpect(ports: Ports, run: ExpectedRun): Promise<number | null> {
  if (run.selection.samples.length === 0) return null;
  return likeEarlier(ports, run) ?? byArithmetic(ports, run) ?? (await byProducts(ports, run));
}

function likeEarlier({ store }: Ports, { backbone, method, recipe, plan, selection }: ExpectedRun): number | null {
  const like = ({ config }: Run): boolean =>
    config.method.name === method.name && isSameDevice(config.plan, plan) && config.plan.cache === plan.cache;
  const earlier = store.runs.finishedOn(backbone.identity, LOOKED_AT).find(like);
  const result = earlier?.result ?? null;
  if (earlier === undefined || result === null) return null;
  const { photos } = store.runs.overview(earlier.id);
  const all = photos.train + photos.validation + photos.test;
  const speeds = speedsOf(store, earlier);
  const speed = median(speeds);
  const { counts, samples } = selection;
  if (speed === null) return method.name === 'linear' ? (result.seconds / all) * samples.length : null;
  const training = (photos.train * speeds.length) / speed;
  const beside = Math.max(0, result.seconds - training) / all;
  return beside * samples.length + (counts.train * recipe.epochs) / speed;
}

function byArithmetic({ store, host }: Ports, run: ExpectedRun): number | null {
  const finished = store.backbones
    .list()
    .flatMap((backbone) =>
      store.runs.finishedOn(backbone.identity, LOOKED_AT).map((earlier) => ({ backbone, earlier })),
    )
    .sort((a, b) => (b.earlier.endedAt ?? 0) - (a.earlier.endedAt ?? 0));
  for (const { backbone, earlier } of finished) {
    const speed = median(speedsOf(store, earlier));
    if (speed === null || !isSameDevice(earlier.config.plan, run.plan)) continue;
    const { method, plan } = earlier.config;
    const flopsPerSecond = speed * flopsOf(host, { backbone, method, plan, classes: earlier.classes.length }).step;
    return arithmeticOf(host, run) / flopsPerSecond;
  }
  return null;
}

async function byProducts({ host, productRate }: Ports, run: ExpectedRun): Promise<number | null> {
  if (run.plan.provider !== 'cpu') return null;
  const rate = await productRate(run.plan.threads);
  return rate === null ? null : arithmeticOf(host, run) / (SHARE_OF_PRODUCTS * rate);
}

/** Floating-point operations of the whole run. */
function arithmeticOf(host: Ports['host'], run: ExpectedRun): number {
  const { selection, recipe } = run;
  const flops = flopsOf(host, { ...run, classes: selection.classes.length });
  const { train, validation, test } = selection.counts;
  const evaluated = validation * (recipe.epochs + 1) + validation + test;
  return selection.samples.length * flops.features + train * recipe.epochs * flops.step + evaluated * flops.evaluation;
}

function flopsOf(
  host: Ports['host'],
  { backbone, method, plan, classes }: Pick<ExpectedRun, 'backbone' | 'method' | 'plan'> & { readonly classes: number },
): RunForecast['flops'] {
  const choice: MemoryChoice = {
    microBatch: plan.microBatch,
    packWeights: plan.memory?.packWeights ?? false,
    recompute: plan.memory?.recompute ?? 'none',
    evaluation: plan.memory?.evaluation ?? 'beside',
  };
  const cached = plan.cache !== 'none';
  return host.forecast({ spec: backbone.spec, method, classes: Math.max(1, classes), cached, ...choice }).flops;
}

function isSameDevice(a: RunPlan, b: RunPlan): boolean {
  return a.provider === b.provider && a.threads === b.threads;
}

function speedsOf(store: Store, run: Run): readonly number[] {
  return store.runs.metrics(run.id).flatMap(({ imagesPerSecond }) => imagesPerSecond ?? []);
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
