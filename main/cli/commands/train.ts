import type { Command } from 'commander';
import { noArguments, onCall, withProject } from '../command.ts';
import { followRun } from '../follow-run.ts';
import { count, listing } from '../format.ts';
import { methodText } from '../run-text.ts';
import type { Session } from '../session.ts';
import { describeSplit } from '../split-text.ts';
import { previewText } from '../preview-text.ts';
import { addTrainOptions, trainOptions, trainRequest } from './train-options.ts';

export function trainCommand(program: Command, session: Session): void {
  const command = withProject(
    addTrainOptions(
      program
        .command('train')
        .description(
          'train a side network (or a linear probe) on the labelled photos of a split. Ctrl-C stops it at a safe point; ' +
            '"runs resume" goes on from there',
        ),
    ),
    'train',
    'train --method dtl --epochs 50 --lr 2e-3 --seed 1',
    'train --recipe paper --drop-path 0.1 --adapt 6-11',
    'train --method linear --json',
    'train --backbone vit-b --adapt all --memory 2G --dry-run',
  );
  onCall(command, noArguments, trainOptions, (_args, options) =>
    session.withCore(options, 'train', 'write', async (core, running) => {
      const project = core.projects.resolve(options.project ?? null);
      if (options.dryRun === true) {
        const preview = await core.runs.dryRun(project, trainRequest(options), running);
        return { json: preview, text: previewText(preview), done: preview.problems.length === 0 };
      }
      const { run, selection, warnings, sideParameters, drawnSplit } = await core.runs.prepare(
        project,
        trainRequest(options),
        running,
      );
      if (drawnSplit !== null) running.say(`No split yet, so one is drawn: ${describeSplit(drawnSplit)}`);
      const { counts, classes, unlabelled, notInSplit, leftOut } = selection;
      running.say(
        `${run.name}: ${methodText(run.config.method)}, ${count(sideParameters, 'side parameter')}; ` +
          `${count(classes.length, 'class', 'classes')}, ` +
          `${counts.train} training, ${counts.validation} validation and ${count(counts.test, 'test photo')}`,
      );
      if (unlabelled > 0) running.say(`${count(unlabelled, 'photo')} without a label ignored.`);
      if (notInSplit > 0) {
        running.say(
          `${count(notInSplit, 'photo')} labelled since the split was drawn not used: run "split" to include them.`,
        );
      }
      for (const warning of warnings) running.say(warning);
      for (const line of listing(
        `Left out: ${leftOut.length}`,
        leftOut.map(({ path, reason }) => `${path}: ${reason}`),
      )) {
        running.say(line);
      }
      const reply = await followRun(core, run, running, {
        project: project.name,
        split: drawnSplit,
        photos: counts,
        unlabelled,
        notInSplit,
        notUsable: leftOut,
        warnings,
      });
      return { ...reply, text: reply.done === false ? reply.text : `${reply.text}\nNext: dtl pack export` };
    }),
  );
}
