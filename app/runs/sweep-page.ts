/** A sweep as its page shows it. */
import type { SweepPage } from '../contract/runs.ts';
import type { Project } from '../domain/project.ts';
import { summariseSweep } from '../domain/sweep.ts';
import type { Store } from '../ports/repositories.ts';
import { findSweep } from './find-sweep.ts';
import { runRow } from './run-row.ts';

/** Throws `runs.no-sweep`. */
export function sweepPage(ports: { readonly store: Store }, project: Project, sweep: number): Omit<SweepPage, 'seq'> {
  const { tag, runs } = findSweep(ports, project, String(sweep));
  const { rows, best, bestRun, settled } = summariseSweep(runs);
  return {
    tag,
    runs: runs.map(({ id }) => runRow(ports, id)),
    rates: rows,
    best,
    bestRun: bestRun?.id ?? null,
    settled,
  };
}
