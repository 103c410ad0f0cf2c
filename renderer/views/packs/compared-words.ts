/** Results side by side in words. */
import type { ComparedRow, ComparedSummary } from '#app/contract/packs.ts';
import { count } from '#app/domain/count.ts';
import { fileName } from '#app/domain/file-name.ts';
import { number, percent } from '../../format.ts';

/** `160 photos of the library, the packs disagree on 12` */
export function comparedWords({ total, disagreements, folder }: ComparedSummary): string {
  const where = folder === null ? 'of the library' : `in ${folder}`;
  const apart = disagreements === 0 ? 'the packs agree on all' : `the packs disagree on ${number(disagreements)}`;
  return total === 0 ? `No photo ${where} could be read` : `${count(total, 'photo')} ${where}, ${apart}`;
}

/** `packs disagree. oak v1: rust 83%. oak v2: healthy 51%.` */
export function rowWords({ agree, said }: ComparedRow, packs: ComparedSummary['packs']): string {
  const opinions = said.map(
    ({ label, confidence }, at) => `${packs[at]?.name ?? ''}: ${label} ${percent(confidence, 0)}.`,
  );
  return [`packs ${agree ? 'agree' : 'disagree'}.`, ...opinions].join(' ');
}

/** The folder part of a name, as it is written; empty where there is none. */
export function folderOf(name: string): string {
  return name.slice(0, Math.max(0, name.length - fileName(name).length - 1));
}
