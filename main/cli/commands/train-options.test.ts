import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addTrainOptions, trainOptions, trainRequest } from './train-options.ts';

const common = { home: '', json: false };

function planFor(...args: readonly string[]): ReturnType<typeof trainRequest>['plan'] {
  const command = addTrainOptions(new Command().exitOverride().configureOutput({ writeErr: () => undefined }));
  const options: unknown = { ...common, ...command.parse(args, { from: 'user' }).opts() };
  return trainRequest(trainOptions.parse(options)).plan;
}

describe('--weights', () => {
  it('asks for the precision of the backbone beside the rest of the plan', () => {
    expect(planFor('--weights', 'int8', '--cache', 'float32', '--threads', '2')).toEqual({
      weights: 'int8',
      cache: 'float32',
      threads: 2,
    });
    expect(planFor('--weights', 'float32')).toEqual({ weights: 'float32' });
  });

  it('is not in the plan where it is not given', () => {
    expect(planFor()).toEqual({});
  });

  it('refuses what it does not know', () => {
    expect(() => planFor('--weights', 'int4')).toThrow(/Allowed choices are float32, int8/);
  });
});
