/** How long a run will take, from runs of before. */
import { blocksOf } from '../domain/backbone-blocks.ts';
import type { BackboneSpec } from '../domain/backbone.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { Method, Recipe, RunPlan, Subset } from '../domain/run-config.ts';
import type { Run } from '../domain/run.ts';
import type { StoredBackbone } from '../domain/stored-backbone.ts';
import type { Host, RunForecast } from '../ports/host.ts';
import type { Store } from '../ports/repositories.ts';
import { forecastPlan } from './forecast-plan.ts';
import type { PlannedNetwork } from './forecast-plan.ts';
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

interface Earlier {
  readonly run: Run;
  readonly backbone: StoredBackbone;
  /** By how much its rate is exceeded with the weights that are asked for, on the backbone that is asked for. */
  readonly gain: number;
  readonly hasAskedWeights: boolean;
}

/** Runs of a backbone that are looked at. */
const LOOKED_AT = 50;
/** Of those, runs whose arithmetic is worked out: each kind of network takes a moment. */
const COMPARED = 10;
/** What a step reaches of the plain products' rate: 0.92 to 0.96 on ViT-B, less on small backbones. */
const SHARE_OF_PRODUCTS = 0.85;

/** Of a step with the backbone in 8 bits, measured: 1.5 to 1.65 on ViT-B, 1.0 to 1.4 on narrower ones. */
const GAIN_OF_8_BITS = { wide: 1.6, narrow: 1.1 };
/** Of most of a backbone's blocks. */
const WIDE = 768;

/**
 * The run's arithmetic at a rate, and what earlier runs took beside theirs (decoding, the probe), a photo. Both are those of
 * the newest finished runs of the same network, else of others on this backbone; the rate then of any on this device, else
 * that of the CPU's products. Runs with the backbone in 8 bits tell of such runs alone; of these, ones with weights as they
 * are tell only where no other on the backbone does. Null on another device where nothing was ever trained. What the feature
 * cache has is not known here, so every photo's features count as still to be computed.
 */
export async function secondsToExpect(ports: Ports, run: ExpectedRun): Promise<number | null> {
  const { counts, samples, classes } = run.selection;
  if (samples.length === 0) return null;
  const here = earlierRuns(ports.store, run.backbone, run);
  const isSame = (earlier: Earlier): boolean => isSameNetwork(earlier.run.config, run);
  const same = here.filter(isSame);
  const rate =
    earlierRate(ports, sameFirst(here, isSame)) ??
    earlierRate(ports, elsewhere(ports.store, run)) ??
    (await byProducts(ports, run));
  const like = (same.length > 0 ? same : here).slice(0, COMPARED);
  // Where the cache had much, little or nothing is left beside the arithmetic, so the run with the most tells.
  const beside = Math.max(0, ...like.map((earlier) => besideAPhoto(ports, earlier, rate))) * samples.length;
  if (rate === null) return run.method.name === 'linear' && same.length > 0 ? beside : null;
  return flopsOfRun(ports.host, { ...run, classes: classes.length }, run.recipe, counts) / rate + beside;
}

/** Finished ones on a backbone that tell of a plan's rate on its device, newest first. */
function earlierRuns(
  store: Store,
  backbone: StoredBackbone,
  { plan, backbone: { spec } }: ExpectedRun,
): readonly Earlier[] {
  return store.runs
    .finishedOn(backbone.identity, LOOKED_AT)
    .filter(({ config }) => config.plan.provider === plan.provider && config.plan.threads === plan.threads)
    .filter(({ config }) => asksFor8Bits(plan) || !asksFor8Bits(config.plan))
    .map((run) => ({
      run,
      backbone,
      gain: gainFor(plan, spec) / gainFor(run.config.plan, backbone.spec),
      hasAskedWeights: asksFor8Bits(plan) === asksFor8Bits(run.config.plan),
    }));
}

function asksFor8Bits({ weights }: RunPlan): boolean {
  return weights === 'int8';
}

/** Beside weights as they are. */
function gainFor(plan: RunPlan, spec: BackboneSpec): number {
  return asksFor8Bits(plan) ? gainOf8Bits(spec) : 1;
}

function gainOf8Bits(spec: BackboneSpec): number {
  const width = median(blocksOf(spec).map((block) => block.width)) ?? 0;
  return width >= WIDE ? GAIN_OF_8_BITS.wide : GAIN_OF_8_BITS.narrow;
}

/** Those with the weights that are asked for before others, among each the same networks first. */
function sameFirst(runs: readonly Earlier[], isSame: (earlier: Earlier) => boolean): readonly Earlier[] {
  const rank = (earlier: Earlier): number => rankOfWeights(earlier) * 2 + (isSame(earlier) ? 0 : 1);
  return [...runs].sort((a, b) => rank(a) - rank(b));
}

/** On the other backbones: with the weights that are asked for before others, among each the newest first. */
function elsewhere(store: Store, run: ExpectedRun): readonly Earlier[] {
  return store.backbones
    .list()
    .filter(({ identity }) => identity !== run.backbone.identity)
    .flatMap((backbone) => earlierRuns(store, backbone, run))
    .sort((a, b) => rankOfWeights(a) - rankOfWeights(b) || (b.run.endedAt ?? 0) - (a.run.endedAt ?? 0));
}

function rankOfWeights({ hasAskedWeights }: Earlier): number {
  return hasAskedWeights ? 0 : 1;
}

function isSameNetwork(a: Pick<ExpectedRun, 'method' | 'plan'>, b: Pick<ExpectedRun, 'method' | 'plan'>): boolean {
  return a.plan.cache === b.plan.cache && canonicalJson(a.method) === canonicalJson(b.method);
}

/** Floating-point operations a second in the steps of the first of them that made any, with the weights that are asked for. */
function earlierRate(ports: Ports, runs: readonly Earlier[]): number | null {
  for (const earlier of runs) {
    const rate = rateOf(ports, earlier);
    if (rate !== null) return rate * earlier.gain;
  }
  return null;
}

function rateOf({ store, host }: Ports, earlier: Earlier): number | null {
  const speeds = store.runs.metrics(earlier.run.id).flatMap(({ imagesPerSecond }) => imagesPerSecond ?? []);
  const speed = median(speeds);
  return speed === null ? null : speed * flopsOf(host, networkOf(earlier)).step;
}

async function byProducts({ productRate }: Ports, { plan, backbone }: ExpectedRun): Promise<number | null> {
  if (plan.provider !== 'cpu') return null;
  const rate = await productRate(plan.threads);
  return rate === null ? null : SHARE_OF_PRODUCTS * gainFor(plan, backbone.spec) * rate;
}

/** Seconds a photo that its arithmetic does not explain. */
function besideAPhoto(ports: Ports, earlier: Earlier, rateHere: number | null): number {
  const { id, config, result } = earlier.run;
  const { photos } = ports.store.runs.overview(id);
  const rate = rateOf(ports, earlier) ?? (rateHere === null ? null : rateHere / earlier.gain);
  const explained = rate === null ? 0 : flopsOfRun(ports.host, networkOf(earlier), config.recipe, photos) / rate;
  return ((result?.seconds ?? 0) - explained) / (photos.train + photos.validation + photos.test);
}

function networkOf({ run: { config, classes }, backbone }: Earlier): PlannedNetwork {
  return { backbone, method: config.method, plan: config.plan, classes: classes.length };
}

function flopsOfRun(
  host: Ports['host'],
  network: PlannedNetwork,
  { epochs }: Recipe,
  { train, validation, test }: Readonly<Record<Subset, number>>,
): number {
  const flops = flopsOf(host, network);
  const evaluated = validation * (epochs + 1) + validation + test;
  return (train + validation + test) * flops.features + train * epochs * flops.step + evaluated * flops.evaluation;
}

/** Of one photo. */
function flopsOf(host: Ports['host'], network: PlannedNetwork): RunForecast['flops'] {
  return forecastPlan(host, network).flops;
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
