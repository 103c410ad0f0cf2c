import type { Command } from 'commander';
import { z } from 'zod';
import { bench } from '../../core/checks.ts';
import { commonOptions, noArguments, onCall, threadCount, wholeNumber, withCommon } from '../command.ts';
import { bytes, count } from '../format.ts';
import type { Session } from '../session.ts';

const stepOptions = commonOptions.extend({
  model: z.string(),
  batch: z.number(),
  microBatch: z.number(),
  threads: z.number().optional(),
  repeats: z.number(),
  classes: z.number(),
  cached: z.boolean().optional(),
});

export function benchCommands(program: Command, session: Session): void {
  const group = program.command('bench').description('measure the engine on this machine');
  const step = withCommon(
    group
      .command('step')
      .description('time DTL+ training steps on random weights, beside a plain matrix product of the same process')
      .option('--model <name>', 'a variant of the registry', 'vit_base_patch16_224')
      .option('--batch <n>', 'photos a step', wholeNumber(1), 32)
      .option('--micro-batch <n>', 'photos in one run of the graph', wholeNumber(1), 2)
      .option('--threads <n>', 'threads (else one a core)', threadCount)
      .option('--repeats <n>', 'timed steps', wholeNumber(1), 3)
      .option('--classes <n>', 'classes of the head', wholeNumber(2), 10)
      .option('--cached', 'with the frozen prefix computed beforehand, as in most runs'),
    'bench step',
    'bench step --cached --micro-batch 8 --json',
  );
  onCall(step, noArguments, stepOptions, (_args, { home: _home, json, threads, cached, ...numbers }) =>
    session.run({ json }, async (running) => {
      const report = await bench({ ...numbers, threads: threads ?? null, cached: cached === true }, running);
      const { request } = report;
      return {
        json: report,
        text: [
          `${request.model}, batch ${request.batch} in micro-batches of ${request.microBatch}, ${count(request.threads, 'thread')}` +
            `${request.cached ? ', frozen prefix cached' : ''}, ${report.runtime}`,
          `Step (median of ${request.repeats}): ${report.stepSeconds.toFixed(2)} s, ${report.imagesPerSecond.toFixed(2)} photos/s`,
          `Arithmetic: ${report.stepGflops.toFixed(1)} GFLOP/s; a plain matrix product: ${report.gemmGflops.toFixed(1)} GFLOP/s`,
          `Peak memory of the engine (VmHWM): ${report.peakBytes === null ? 'unknown here' : bytes(report.peakBytes)}`,
        ].join('\n'),
      };
    }),
  );
}
