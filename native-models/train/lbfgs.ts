/** Limited-memory BFGS with a backtracking line search (Nocedal and Wright, algorithms 7.4 and 3.1), for smooth convex objectives. */
/** Value at `x`; the gradient is written into `gradient`. */
export type Objective = (x: Float64Array, gradient: Float64Array) => Promise<number>;

export interface LbfgsOptions {
  readonly maxIterations: number;
  /** Stops when the largest gradient entry is at most this. */
  readonly gradientTolerance: number;
  readonly memory: number;
}

export const LBFGS_DEFAULTS: LbfgsOptions = { maxIterations: 200, gradientTolerance: 1e-5, memory: 10 };

export interface LbfgsResult {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
}

export async function minimize(
  objective: Objective,
  start: Float64Array,
  options = LBFGS_DEFAULTS,
): Promise<LbfgsResult> {
  let x = Float64Array.from(start);
  let gradient = new Float64Array(x.length);
  let value = await objective(x, gradient);
  const history: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  let iterations = 0;
  while (iterations < options.maxIterations && largest(gradient) > options.gradientTolerance) {
    const direction = twoLoop(history, gradient);
    const slope = dot(direction, gradient);
    if (slope >= 0) break;
    // Without curvature yet, a unit step may be far too long: start from a length of one.
    let step = history.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    let next = x;
    let nextValue = Infinity;
    const nextGradient = new Float64Array(x.length);
    for (let tries = 0; tries < 30; tries++) {
      next = x.map((at, i) => at + step * direction[i]!);
      nextValue = await objective(next, nextGradient);
      if (nextValue <= value + 1e-4 * step * slope) break;
      step /= 2;
    }
    // The objective is computed in float32: below its resolution no step decreases it, and the search is over.
    if (!(nextValue < value)) break;
    remember(history, options.memory, x, next, gradient, nextGradient);
    x = next;
    gradient = nextGradient;
    value = nextValue;
    iterations++;
  }
  return { x, value, iterations };
}

type History = { s: Float64Array; y: Float64Array; rho: number }[];

/** The direction -H g from the remembered pairs. */
function twoLoop(history: History, gradient: Float64Array): Float64Array {
  const q = Float64Array.from(gradient);
  const alphas: number[] = [];
  for (const { s, y, rho } of [...history].reverse()) {
    const alpha = rho * dot(s, q);
    alphas.push(alpha);
    for (let i = 0; i < q.length; i++) q[i]! -= alpha * y[i]!;
  }
  const newest = history.at(-1);
  const scale = newest === undefined ? 1 : 1 / (newest.rho * dot(newest.y, newest.y));
  for (let i = 0; i < q.length; i++) q[i]! *= scale;
  for (const { s, y, rho } of history) {
    const beta = rho * dot(y, q);
    const alpha = alphas.pop() ?? 0;
    for (let i = 0; i < q.length; i++) q[i]! += s[i]! * (alpha - beta);
  }
  return q.map((v) => -v);
}

/** Keeps the pair only where it has positive curvature, which the two loops rely on. */
function remember(
  history: History,
  memory: number,
  x: Float64Array,
  next: Float64Array,
  g: Float64Array,
  nextG: Float64Array,
): void {
  const s = next.map((at, i) => at - x[i]!);
  const y = nextG.map((at, i) => at - g[i]!);
  const curvature = dot(s, y);
  if (curvature <= 1e-12 * dot(y, y)) return;
  history.push({ s, y, rho: 1 / curvature });
  if (history.length > memory) history.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
