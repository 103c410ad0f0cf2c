import { CLASS_NAME_RULE } from '#app/domain/class-name.ts';
import type { Core } from '../core/open-core.ts';
import { count, listing } from './format.ts';

export type ImportReport = Awaited<ReturnType<Core['library']['import']>>;

const SHOWN = 5;

export function describeImport(report: ImportReport): string {
  const changes = [
    [report.added, 'new'],
    [report.changed, 'changed'],
    [report.moved, 'moved'],
    [report.returned, 'back again'],
    [report.unchanged, 'unchanged'],
    [report.missing, 'missing'],
  ] as const;
  const named = changes.filter(([amount]) => amount > 0).map(([amount, what]) => `${amount} ${what}`);
  const { changedLabelled } = report;
  const passed = [
    [report.links, count(report.links, 'link')],
    [report.hidden, count(report.hidden, 'hidden file or folder', 'hidden files or folders')],
    [report.others, count(report.others, 'file that is no photo', 'files that are no photos')],
  ] as const;
  const passedOver = passed.filter(([amount]) => amount > 0).map(([, what]) => what);
  const lines = [
    `${count(report.found, 'photo')} in "${report.folder}": ${named.join(', ') || 'none'}`,
    ...(passedOver.length > 0 ? [`Passed over: ${passedOver.join(', ')}`] : []),
    ...listing(
      `${count(changedLabelled.length, 'labelled photo')} changed, check ${changedLabelled.length === 1 ? 'its label' : 'their labels'}:`,
      changedLabelled,
      SHOWN,
    ),
    ...listing(
      `Not decodable (kept in the list, never trained on): ${report.undecodable.length}`,
      report.undecodable.map(({ path, reason }) => `${path}: ${reason}`),
    ),
    ...(report.undecodableBefore > 0 ? [`Not decodable, as earlier imports found: ${report.undecodableBefore}`] : []),
    ...listing(
      `Could not be read: ${report.unreadable.length}`,
      report.unreadable.map(({ path, reason }) => `${path}: ${reason}`),
    ),
  ];
  lines.push(
    ...listing(
      `Folder names that cannot be labels (${CLASS_NAME_RULE}): ${report.unfitNames.length}`,
      report.unfitNames.map(({ name, photos }) => `${name} (${photos})`),
    ),
  );
  if (report.offered.length > 0) {
    const names = report.offered.map(
      ({ name, photos, folders }) => `${name} (${photos}${folders.length > 1 ? `; ${several(folders)}` : ''})`,
    );
    lines.push(
      ...listing('Folder names that can be labels:', names),
      'Take them over with: dtl labels import --folders',
    );
  }
  return lines.join('\n');
}

/** One class that lies in several folders. */
function several(folders: readonly string[]): string {
  const more = folders.length > SHOWN ? ` and ${folders.length - SHOWN} more` : '';
  return `in ${folders.slice(0, SHOWN).join(', ')}${more}`;
}
