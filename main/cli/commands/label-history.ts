import type { Command } from 'commander';
import { z } from 'zod';
import { AppError } from '#app/domain/errors.ts';
import { noArguments, onCall, projectOptions, withProject } from '../command.ts';
import { count, listing } from '../format.ts';
import type { Session } from '../session.ts';

const historyOptions = projectOptions.extend({ out: z.string().optional() });
const verifyOptions = projectOptions.extend({ digest: z.string().optional() });

/** Commands below `labels`. */
export function historyCommands(group: Command, session: Session): void {
  const history = withProject(
    group
      .command('history')
      .description('write every change of a label as CSV: who changed which label when, and from what')
      .option('--out <file>', 'where to write it (else stdout)'),
    'labels history --out history.csv',
  );
  onCall(history, noArguments, historyOptions, (_args, options) =>
    session.withCore(options, 'labels history', 'read', async (core) => {
      const project = core.projects.resolve(options.project ?? null);
      const { historyColumns: columns } = core.labels;
      const rows = core.labels.history(project);
      if (options.out !== undefined) {
        const path = session.path(options.out);
        await core.tables.writeCsv(path, columns, rows);
        const events = core.labels.revision(project.id);
        return { json: { path, events }, text: `Wrote ${count(events, 'change')} to "${path}".` };
      }
      const all = [...rows];
      return {
        json: all.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null]))),
        text: [columns, ...all].map((row) => core.tables.csvLine(row)).join(''),
        exact: true,
      };
    }),
  );

  const verify = withProject(
    group
      .command('verify')
      .description(
        'compare the history of labels with the seals that were made with it, and the labels with the history',
      )
      .option('--digest <hex>', 'also fail unless this seal, which was written down earlier, is one of them'),
    'labels verify',
    'labels verify --digest 5f2c...',
  );
  onCall(verify, noArguments, verifyOptions, (_args, options) =>
    session.withCore(options, 'labels verify', 'read', (core) => {
      const project = core.projects.resolve(options.project ?? null);
      const report = core.labels.checkHistory(project, options.digest ?? null);
      const { sentences } = report;
      if (sentences.length > 0) {
        throw new AppError(
          'labels.history-changed',
          [
            `The label history of "${project.name}" is not as it was made. Nothing was changed now; labels stay as they are shown. ` +
              'A backup from before shows what they were.',
            ...listing('What is wrong:', sentences),
          ].join('\n'),
          { data: { problems: sentences, digest: report.digest } },
        );
      }
      const { events, sealed, digest } = report;
      return {
        json: { project: project.name, ...report },
        text: [
          events === 0
            ? `No label of "${project.name}" was ever changed.`
            : `All ${count(events, 'change')} of labels of "${project.name}" are as they were made, and labels are what they say.`,
          ...(sealed < events
            ? [`${count(events - sealed, 'change')} from before there were seals: the next one seals them.`]
            : []),
          ...(digest === null ? [] : [`Newest seal: ${digest}`]),
        ].join('\n'),
      };
    }),
  );
}
