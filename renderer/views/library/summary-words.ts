import type { ImportSummary } from '#app/contract/task-results.ts';
import { count } from '#app/domain/count.ts';
import { number } from '../../format.ts';

/** What an import did, leaving out what did not happen. */
export function summaryWords(report: ImportSummary): string {
  const parts = [
    report.added > 0 ? `${number(report.added)} new` : '',
    report.unchanged > 0 ? `${number(report.unchanged)} as before` : '',
    report.changed > 0 ? `${number(report.changed)} changed` : '',
    report.moved > 0 ? `${number(report.moved)} moved` : '',
    report.returned > 0 ? `${number(report.returned)} back again` : '',
    report.missing > 0 ? `${number(report.missing)} not there any more` : '',
    report.labelled > 0 ? `${number(report.labelled)} labelled by their folders` : '',
  ].filter((part) => part !== '');
  const speed = report.imagesPerSecond === null ? '' : `, ${number(report.imagesPerSecond)} photos a second`;
  return `${count(report.found, 'photo')} found: ${parts.length === 0 ? 'nothing to do' : parts.join(', ')}${speed}.`;
}
