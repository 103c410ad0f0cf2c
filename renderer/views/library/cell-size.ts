/** How large pictures are in the grid, kept for each project. */
import type { ProjectId } from '#app/domain/ids.ts';

export const sizes = { smallest: 64, largest: 320, usual: 160 } as const;

const STEP = 1.25;
const place = (project: ProjectId): string => `dtl-cell-${project}`;

export function larger(size: number): number {
  return within(size * STEP);
}

export function smaller(size: number): number {
  return within(size / STEP);
}

export function keptCellSize(project: ProjectId): number {
  const kept = Number(localStorage.getItem(place(project)) ?? sizes.usual);
  return Number.isFinite(kept) ? within(kept) : sizes.usual;
}

export function keepCellSize(project: ProjectId, size: number): void {
  localStorage.setItem(place(project), String(size));
}

function within(size: number): number {
  return Math.min(sizes.largest, Math.max(sizes.smallest, 8 * Math.round(size / 8)));
}
