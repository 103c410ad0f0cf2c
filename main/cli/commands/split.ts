import type { Command } from 'commander';
import { z } from 'zod';
import { fractions, noArguments, onCall, projectOptions, wholeNumber, withProject } from '../command.ts';
import type { Session } from '../session.ts';
import { describeSplit } from '../split-text.ts';

const options = projectOptions.extend({
  seed: z.number(),
  fractions: z.object({ train: z.number(), validation: z.number(), test: z.number() }),
  name: z.string().optional(),
});

export function splitCommand(program: Command, session: Session): void {
  const command = withProject(
    program
      .command('split')
      .description(
        'divide the labelled photos into train, validation and test: stratified by class, repeatable, near-identical photos and ' +
          'groups on one side',
      )
      .option('--seed <n>', 'another seed, another split', wholeNumber(0), 0)
      .option('--fractions <train,validation,test>', 'sum to 1 (default: 0.6,0.2,0.2)', fractions)
      .option('--name <name>', 'what to call it (else "split N")'),
    'split',
    'split --seed 1 --fractions 0.8,0.1,0.1',
  );
  command.setOptionValueWithSource('fractions', { train: 0.6, validation: 0.2, test: 0.2 }, 'default');
  onCall(command, noArguments, options, (_args, { seed, fractions: parts, name, ...common }) =>
    session.withCore(common, 'split', 'write', (core) => {
      const project = core.projects.resolve(common.project ?? null);
      const report = core.splits.draw(project, { seed, fractions: parts, name: name ?? null });
      return { json: { project: project.name, ...report }, text: describeSplit(report) };
    }),
  );
}
