/** Compares a graph's own gradients with finite differences of its loss, both in float64. */
import type { Graph } from '../graph/types.ts';
import { evaluate } from './evaluate.ts';
import { centralDifference } from './finite-differences.ts';

export interface GradientCheck {
  readonly graph: Graph;
  /** Output of shape [] that is differentiated. */
  readonly loss: string;
  /** Feed -> output that holds its gradient. */
  readonly gradientOf: ReadonlyMap<string, string>;
  readonly feeds: ReadonlyMap<string, Float64Array>;
  readonly step: number;
}

/** Per feed: analytic and numeric gradient. */
export function checkGradients({
  graph,
  loss,
  gradientOf,
  feeds,
  step,
}: GradientCheck): Map<string, { analytic: Float64Array; numeric: Float64Array }> {
  const analytic = evaluate(graph, feeds);
  const lossOnly: Graph = { ...graph, outputs: new Map([...graph.outputs].filter(([name]) => name === loss)) };
  const forward: Graph = { ...lossOnly, nodes: graph.nodes.filter((node) => !node.name.startsWith('grad/')) };
  const result = new Map<string, { analytic: Float64Array; numeric: Float64Array }>();
  for (const [feed, output] of gradientOf) {
    const values = feeds.get(feed)!;
    const numeric = values.map((at, index) =>
      centralDifference(
        (x) => {
          const moved = Float64Array.from(values);
          moved[index] = x;
          return evaluate(forward, new Map([...feeds, [feed, moved]])).get(loss)!.data[0]!;
        },
        at,
        step,
      ),
    );
    result.set(feed, { analytic: analytic.get(output)!.data, numeric });
  }
  return result;
}
