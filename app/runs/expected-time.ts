/** How long a run will take, from runs of before. */
import { canonicalJson } from '../domain/canonical-json.ts';
import type { MemoryChoice } from '../domain/choose-memory.ts';
import type { Method, Recipe, RunPlan, Subset } from '../domain/run-config.ts';
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

interface Network {
  readonly backbone: StoredBackbone;
  readonly method: Method;
  readonly plan: RunPlan;
  readonly classes: number;
}

interface Earlier {
  readonly run: Run;
  readonly backbone: StoredBackbone;
}

/** Runs of a backbone that are looked at. */
const LOOKED_AT = 50;
/** Of those, runs whose arithmetic is worked out: each kind of network takes a moment. */
const COMPARED = 10;
/** What a step reaches of the plain products' rate: 0.92 to 0.96 on ViT-B, less on small backbones. */
const SHARE_OF_PRODUCTS = 0.85;

/**
 * The run's arithmetic at a rate, and what earlier runs took beside theirs (decoding, the probe), a photo. Both are those of
 * the newest finished runs of the same network, else of others on this backbone; the rate then of any on this device, else
 * that of the CPU's products. Null on another device where nothing was ever trained. What the feature cache has is not known
 * here, so every photo's features count as still to be computed.
 */
export async function secondsToExpect(ports: Ports, run: ExpectedRun): Promise<number | null> {
  const { counts, samples, classes } = run.selection;
  if (samples.length === 0) return null;
  const here = earlierRuns(ports.store, run.backbone, run.plan);
  const same = here.filter((earlier) => isSameNetwork(earlier.run.config, run));
  const rate =
    earlierRate(ports, same) ??
    earlierRate(ports, here) ??
    earlierRate(ports, elsewhere(ports.store, run)) ??
    (await byProducts(ports, run));
  const like = (same.length > 0 ? same : here).slice(0, COMPARED);
  // Where the cache had much, little or nothing is left beside the arithmetic, so the run with the most tells.
  const beside = Math.max(0, ...like.map((earlier) => besideAPhoto(ports, earlier, rate))) * samples.length;
  if (rate === null) return run.method.name === 'linear' && same.length > 0 ? beside : null;
  return flopsOfRun(ports.host, { ...run, classes: classes.length }, run.recipe, counts) / rate + beside;
}

/** Finished ones on a backbone and the device of a plan, newest first. */
function earlierRuns(store: Store, backbone: StoredBackbone, plan: RunPlan): readonly Earlier[] {
  return store.runs
    .finishedOn(backbone.identity, LOOKED_AT)
    .filter(({ config }) => config.plan.provider === plan.provider && config.plan.threads === plan.threads)
    .map((run) => ({ run, backbone }));
}

/** On the other backbones, newest first. */
function elsewhere(store: Store, { backbone: { identity }, plan }: ExpectedRun): readonly Earlier[] {
  return store.backbones
    .list()
    .filter((backbone) => backbone.identity !== identity)
    .flatMap((backbone) => earlierRuns(store, backbone, plan))
    .sort((a, b) => (b.run.endedAt ?? 0) - (a.run.endedAt ?? 0));
}

function isSameNetwork(a: Pick<ExpectedRun, 'method' | 'plan'>, b: Pick<ExpectedRun, 'method' | 'plan'>): boolean {
  return a.plan.cache === b.plan.cache && canonicalJson(a.method) === canonicalJson(b.method);
}

/** Floating-point operations a second in the steps of the first of them that made any. */
function earlierRate(ports: Ports, runs: readonly Earlier[]): number | null {
  for (const earlier of runs) {
    const rate = rateOf(ports, earlier);
    if (rate !== null) return rate;
  }
  return null;
}

function rateOf({ store, host }: Ports, earlier: Earlier): number | null {
  const speeds = store.runs.metrics(earlier.run.id).flatMap(({ imagesPerSecond }) => imagesPerSecond ?? []);
  const speed = median(speeds);
  return speed === null ? null : speed * flopsOf(host, networkOf(earlier)).step;
}

async function byProducts({ productRate }: Ports, { plan }: ExpectedRun): Promise<number | null> {
  if (plan.provider !== 'cpu') return null;
  const rate = await productRate(plan.threads);
  return rate === null ? null : SHARE_OF_PRODUCTS * rate;
}

/** Seconds a photo that its arithmetic does not explain. */
function besideAPhoto(ports: Ports, earlier: Earlier, rateHere: number | null): number {
  const { id, config, result } = earlier.run;
  const { photos } = ports.store.runs.overview(id);
  const rate = rateOf(ports, earlier) ?? rateHere;
  const explained = rate === null ? 0 : flopsOfRun(ports.host, networkOf(earlier), config.recipe, photos) / rate;
  return ((result?.seconds ?? 0) - explained) / (photos.train + photos.validation + photos.test);
}

function networkOf({ run: { config, classes }, backbone }: Earlier): Network {
  return { backbone, method: config.method, plan: config.plan, classes: classes.length };
}

function flopsOfRun(
  host: Ports['host'],
  network: Network,
  { epochs }: Recipe,
  { train, validation, test }: Readonly<Record<Subset, number>>,
): number {
  const flops = flopsOf(host, network);
  const evaluated = validation * (epochs + 1) + validation + test;
  return (train + validation + test) * flops.features + train * epochs * flops.step + evaluated * flops.evaluation;
}

/** Of one photo. */
function flopsOf(host: Ports['host'], { backbone, method, plan, classes }: Network): RunForecast['flops'] {
  const choice: MemoryChoice = {
    microBatch: plan.microBatch,
    packWeights: plan.memory?.packWeights ?? false,
    recompute: plan.memory?.recompute ?? 'none',
    evaluation: plan.memory?.evaluation ?? 'beside',
  };
  const cached = plan.cache !== 'none';
  return host.forecast({ spec: backbone.spec, method, classes: Math.max(1, classes), cached, ...choice }).flops;
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
