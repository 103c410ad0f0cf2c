/** All commands of `dtl`, one group a file. */
import { Command } from 'commander';
import { backboneCommands } from './commands/backbone.ts';
import { backupCommands } from './commands/backup.ts';
import { benchCommands } from './commands/bench.ts';
import { cacheCommands } from './commands/cache.ts';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommands } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { labelCommands } from './commands/labels.ts';
import { packCommands } from './commands/pack.ts';
import { predictCommand } from './commands/predict.ts';
import { projectCommands } from './commands/project.ts';
import { runCommands } from './commands/runs.ts';
import { serveCommand } from './commands/serve.ts';
import { splitCommand } from './commands/split.ts';
import { stepCommand } from './commands/step.ts';
import { sweepCommands } from './commands/sweep.ts';
import { trainCommand } from './commands/train.ts';
import type { Session } from './session.ts';

export function createProgram(session: Session): Command {
  const program = new Command('dtl')
    .description(
      'Label photos, fine-tune a small side network on a frozen vision backbone, keep the result as an adapter pack. ' +
        'Everything happens on this machine.',
    )
    .version(session.version, '-V, --version', 'print the version')
    .exitOverride()
    .showHelpAfterError('(--help shows what this command takes)')
    .addHelpText(
      'after',
      `
From photos to predictions, with one folder a class:
  $ dtl project create shells
  $ dtl import ~/photos/shells
  $ dtl labels import --folders
  $ dtl split
  $ dtl train
  $ dtl pack export --out shells.safetensors
  $ dtl predict --pack shells.safetensors ~/photos/new > predictions.csv

Exit codes: 0 done, 1 failed or stopped, 2 wrong usage.`,
    );
  for (const add of [
    projectCommands,
    importCommand,
    labelCommands,
    splitCommand,
    backboneCommands,
    trainCommand,
    sweepCommands,
    runCommands,
    packCommands,
    predictCommand,
    exportCommands,
    serveCommand,
    backupCommands,
    cacheCommands,
    doctorCommand,
    benchCommands,
    stepCommand,
  ]) {
    add(program, session);
  }
  return program;
}
