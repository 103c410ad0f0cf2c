/** What all commands share: --home, --json, checked options, and values that are refused with what was expected. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { parseBlocks } from '#app/domain/block-sets.ts';

export const commonOptions = z.object({ home: z.string().optional(), json: z.boolean().optional() });
export const projectOptions = commonOptions.extend({ project: z.string().optional() });

/** Adds --home and --json, and examples below the help. */
export function withCommon(command: Command, ...examples: readonly string[]): Command {
  command
    .option('--home <dir>', 'the profile folder (else DTL_STUDIO_HOME, else the usual place for data)')
    .option('--json', 'print one JSON document and nothing else on stdout');
  if (examples.length > 0) {
    command.addHelpText('after', `\nExamples:\n${examples.map((one) => `  $ dtl ${one}`).join('\n')}`);
  }
  return command;
}

export function withProject(command: Command, ...examples: readonly string[]): Command {
  return withCommon(
    command.option('--project <name>', 'which project (not needed while there is only one)'),
    ...examples,
  );
}

/** Hands arguments and options to `act` after checking their types. */
export function onCall<A extends readonly unknown[], O>(
  command: Command,
  argumentTypes: z.ZodType<A>,
  optionTypes: z.ZodType<O>,
  act: (args: A, options: O) => Promise<void>,
): void {
  command.action(() => act(argumentTypes.parse(command.processedArgs), optionTypes.parse(command.opts())));
}

export const noArguments = z.tuple([]);

interface Range {
  readonly min?: number;
  /** Not reached itself. */
  readonly below?: number;
  readonly above?: number;
}

/** A parser of numbers in a range, for commander: it names what was expected. */
export function number(range: Range = {}): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    const { min = -Infinity, below = Infinity, above = -Infinity } = range;
    if (Number.isFinite(value) && value >= min && value < below && value > above) return value;
    const bounds = [
      range.min === undefined ? '' : `at least ${range.min}`,
      range.above === undefined ? '' : `above ${range.above}`,
      range.below === undefined ? '' : `below ${range.below}`,
    ].filter((part) => part !== '');
    throw new InvalidArgumentError(`A number${bounds.length > 0 ? ` ${bounds.join(' and ')}` : ''} is expected.`);
  };
}

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `from ${min} to ${max}`;
    throw new InvalidArgumentError(`A whole number ${range} is expected.`);
  };
}

/** More threads than any machine has cores for only cost memory: each brings a stack and buffers of its own. */
export const threadCount = wholeNumber(1, 256);

/** `6-11`, `0,2,4`, `all` */
export function blocks(text: string): readonly number[] | 'all' {
  const set = text === 'all' ? text : parseBlocks(text);
  if (set !== null) return set;
  throw new InvalidArgumentError('Block numbers such as 6-11 or 0,2,4, or all, are expected.');
}

/** `0.6,0.2,0.2` */
export function fractions(text: string): { train: number; validation: number; test: number } {
  const parts = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [train, validation, test] = parts;
  if (parts.length === 3 && train !== undefined && validation !== undefined && test !== undefined) {
    const sum = train + validation + test;
    if (parts.every((part) => part >= 0) && train > 0 && Math.abs(sum - 1) < 1e-9) return { train, validation, test };
  }
  throw new InvalidArgumentError('Three fractions that sum to 1 are expected, such as 0.6,0.2,0.2.');
}
