import type { ProjectCard } from '#app/contract/projects.ts';
import { count } from '#app/domain/count.ts';
import { number, percent } from '../../format.ts';

/** How far a project is, in one line: `412 of 1,200 labelled, 4 classes`. */
export function progressWords(card: ProjectCard): string {
  if (card.photos === 0) return 'No photos yet';
  const classes = card.classes === 0 ? [] : [count(card.classes, 'class', 'classes')];
  return [`${number(card.labelled)} of ${number(card.photos)} labelled`, ...classes].join(', ');
}

/** `83.1% on test photos (run 7)`, or what there is instead of a result. */
export function resultWords(card: ProjectCard): string {
  const result = card.lastResult;
  if (result !== null) return `${percent(result.accuracy)} on ${result.subset} photos (${result.runName})`;
  return card.runs === 0 ? 'Not trained yet' : `${count(card.runs, 'run')}, no result yet`;
}

/** The name of a project made from a folder: the folder's own. */
export function folderName(folder: string): string {
  return folder.split(/[\\/]/).findLast((part) => part !== '') ?? folder;
}
