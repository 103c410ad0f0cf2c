import type { Command } from 'commander';
import { z } from 'zod';
import { stepFile } from '../../core/checks.ts';
import { commonOptions, onCall, threadCount, wholeNumber, withCommon } from '../command.ts';
import { count } from '../format.ts';
import type { Session } from '../session.ts';

const options = commonOptions.extend({
  out: z.string(),
  steps: z.number(),
  microBatch: z.number().optional(),
  threads: z.number().optional(),
});

export function stepCommand(program: Command, session: Session): void {
  const command = withCommon(
    program
      .command('step')
      .description(
        'compute logits, loss and every gradient of one training step from a file (docs/step-files.md), so that they can be compared ' +
          'with another implementation',
      )
      .argument('<in>', 'a .safetensors file with backbone, adapter and inputs')
      .requiredOption('--out <file>', 'where to write the answers')
      .option('--steps <n>', 'AdamW updates to make on this batch', wholeNumber(0), 0)
      .option('--micro-batch <n>', 'photos in one run of the graph (else the whole batch)', wholeNumber(1))
      .option('--threads <n>', 'threads (else one a core)', threadCount),
    'step reference.safetensors --out mine.safetensors',
    'step reference.safetensors --out mine.safetensors --steps 5 --micro-batch 1',
  );
  onCall(command, z.tuple([z.string()]), options, ([input], { out, steps, microBatch, threads, json }) =>
    session.run({ json }, async (running) => {
      const output = session.path(out);
      const request = {
        input: session.path(input),
        output,
        steps,
        microBatch: microBatch ?? null,
        threads: threads ?? null,
      };
      const { loss, losses, sideParameters } = await stepFile(request, running);
      return {
        json: { loss, losses, sideParameters, output },
        text: [
          `Loss ${loss}, ${count(sideParameters, 'side parameter')}. Gradients are in "${output}".`,
          ...(losses.length > 0
            ? [`Losses before each update: ${losses.map((one) => one.toFixed(6)).join(', ')}`]
            : []),
        ].join('\n'),
      };
    }),
  );
}
