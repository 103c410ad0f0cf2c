import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import type { MeanAndDeviation, SweepSummary } from '#app/domain/sweep.ts';
import { isComplete } from '#app/domain/sweep.ts';
import type { Core } from '../../core/open-core.ts';
import { noArguments, number, onCall, projectOptions, wholeNumber, withProject } from '../command.ts';
import { followRun } from '../follow-run.ts';
import { count, duration, percent, table } from '../format.ts';
import { previewText } from '../preview-text.ts';
import type { Session } from '../session.ts';
import { describeSplit } from '../split-text.ts';
import { addTrainOptions, trainOptions, trainRequest } from './train-options.ts';

const runOptions = trainOptions
  .omit({ lr: true, seed: true })
  .extend({ learningRates: z.array(z.number()).min(1), seeds: z.array(z.number()).min(1) });

type Sweep = ReturnType<Core['runs']['sweep']>;

export function sweepCommands(program: Command, session: Session): void {
  const group = program
    .command('sweep')
    .description('train several learning rates and seeds from one cache of frozen features, and compare them');
  const run = withProject(
    addTrainOptions(
      group
        .command('run')
        .description(
          'train them one after the other, each an ordinary run with a tag of the sweep. Takes what "train" takes. Ctrl-C ' +
            'stops at a safe point; "runs resume" goes on with the run that was at work',
        ),
      { several: true },
    )
      .optionsGroup('Sweep:')
      .requiredOption('--learning-rates <rates>', 'such as 1e-3,3e-3', listOf(number({ above: 0 })))
      .option('--seeds <seeds>', 'such as 0,1,2', listOf(wholeNumber(0)), [0])
      .optionsGroup('Options:'),
    'sweep run --learning-rates 1e-3,3e-3,1e-2 --seeds 0,1,2',
  );
  onCall(run, noArguments, runOptions, (_args, { learningRates, seeds, ...options }) =>
    session.withCore(options, 'sweep run', 'write', async (core, running) => {
      const project = core.projects.resolve(options.project ?? null);
      const members = { learningRates, seeds };
      const request = trainRequest({ ...options, lr: learningRates[0], seed: seeds[0] ?? 0 });
      if (options.dryRun === true) {
        const preview = await core.runs.dryRun(project, request, running);
        const runs = learningRates.length * seeds.length;
        const { secondsToExpect } = preview;
        const together = secondsToExpect === null ? '' : `, about ${duration(runs * secondsToExpect)} together`;
        return {
          json: { runs, preview },
          text: `${count(runs, 'run')}, one after the other${together}. Each of them:\n${previewText(preview)}`,
          done: preview.problems.length === 0,
        };
      }
      const { runs, warnings, drawnSplit } = await core.runs.prepareSweep(project, request, members, running);
      if (drawnSplit !== null) running.say(`No split yet, so one is drawn: ${describeSplit(drawnSplit)}`);
      for (const warning of warnings) running.say(warning);
      let done = true;
      for (const [index, member] of runs.entries()) {
        if (running.signal.aborted) break;
        const { recipe, seed } = member.config;
        running.say(
          `${index + 1} of ${runs.length}: learning rate ${recipe.learningRate}, seed ${seed} (${member.name})`,
        );
        const reply = await followRun(core, member, running);
        running.say(reply.text);
        done &&= reply.done === true;
      }
      const sweep = core.runs.sweep(project, runs[0]?.tags[0] ?? null);
      return { json: sweep, text: describe(sweep), done: done && !running.signal.aborted };
    }),
  );

  const show = withProject(
    group
      .command('show')
      .description('mean and spread of a sweep, and the best by validation alone')
      .argument('[sweep]', 'its number or tag (else the newest)'),
    'sweep show',
  );
  onCall(show, z.tuple([z.string().optional()]), projectOptions, ([reference], options) =>
    session.withCore(options, 'sweep show', 'read', (core) => {
      const sweep = core.runs.sweep(core.projects.resolve(options.project ?? null), reference ?? null);
      return { json: sweep, text: describe(sweep) };
    }),
  );
}

function describe({ tag, summary }: Sweep): string {
  const rows = summary.rows.map(({ learningRate, seeds, finished, validation, test }) => [
    `${learningRate}${learningRate === summary.best ? ' *' : ''}`,
    `${finished} of ${seeds.length}`,
    spread(validation),
    spread(test),
  ]);
  const header = ['learning rate', 'finished', 'validation accuracy', 'test accuracy'];
  return [
    `${tag}: mean and standard deviation over seeds`,
    table(header, rows, ['left', 'right', 'right', 'right']),
    best(summary),
  ].join('\n');
}

function best({ best: rate, bestRun, rows }: SweepSummary): string {
  if (rate === null || bestRun === null) return 'No run with validation photos has finished yet.';
  const judged = rows.filter(({ validation }) => validation !== null);
  const incomplete = judged.some((row) => !isComplete(row)) ? 'Rates with unfinished runs come last. ' : '';
  return (
    `* best of ${count(judged.length, 'learning rate')} by validation; the test photos had no say, and tell of the best alone. ${incomplete}` +
    `Its best run on validation: ${bestRun.name}.`
  );
}

function spread(value: MeanAndDeviation | null): string {
  if (value === null) return '-';
  return value.deviation === null ? percent(value.mean) : `${percent(value.mean)} +- ${percent(value.deviation)}`;
}

/** Each value once. */
function listOf(parse: (text: string) => number): (text: string) => number[] {
  return (text) => {
    const values = [...new Set(text.split(',').map(parse))];
    if (values.length <= 100) return values;
    throw new InvalidArgumentError('At most 100 values are expected.');
  };
}
