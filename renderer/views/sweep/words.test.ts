import { describe, expect, it } from 'vitest';
import { spreadWords, stateWords, testWords, verdict } from './words.ts';

const accuracy = { mean: 0.8314, deviation: 0.0061 };
const rate = { learningRate: 1e-3, seeds: [0, 1], finished: 2, validation: accuracy, test: null };
const untold = { ...rate, learningRate: 1e-2, finished: 0, validation: null };

describe('a sweep in words', () => {
  it('names the best by validation, of those that have something to say, and not before its end for good', () => {
    const rates = [{ ...rate, validation: { mean: 0.7, deviation: 0.01 } }, { ...rate, learningRate: 3e-3 }, untold];
    expect(verdict({ rates, best: 3e-3, settled: true })).toBe(
      '0.003 is the best of 2 learning rates by validation; the test photos had no say.',
    );
    expect(verdict({ rates: [rate, untold], best: 1e-3, settled: false })).toBe(
      '0.001 is the best of 1 learning rate by validation so far; the test photos had no say.',
    );
  });

  it('says where the best is one of several that did equally well', () => {
    expect(verdict({ rates: [rate, { ...rate, learningRate: 3e-3 }], best: 1e-3, settled: true })).toBe(
      '0.001 is the best of 2 learning rates by validation, the lowest of 2 that did equally well; the test photos had no say.',
    );
  });

  it('leaves a rate aside of which only the luckier run finished', () => {
    const lucky = { ...rate, learningRate: 1, finished: 1, validation: { mean: 0.99, deviation: null } };
    expect(verdict({ rates: [rate, lucky], best: 1e-3, settled: true })).toBe(
      '0.001 is the best of 1 learning rate by validation, 1 other with unfinished runs left aside; the test photos had no say.',
    );
  });

  it('calls none the best where nothing was validated', () => {
    expect(verdict({ rates: [untold], best: null, settled: false })).toContain('has finished yet');
    expect(verdict({ rates: [untold], best: null, settled: true })).toContain(
      'no learning rate can be called the best',
    );
  });

  it('says why the test is not there', () => {
    expect(testWords({ best: 1e-3, settled: false })).toContain('once every run has ended');
    expect(testWords({ best: 1e-3, settled: true })).toContain('choosing by it');
  });

  it('counts runs by how they ended', () => {
    const runs = (['finished', 'finished', 'failed', 'queued', 'running'] as const).map((state) => ({ state }));
    expect(stateWords(runs)).toBe('2 of 5 runs are finished, 1 stopped or failed.');
    expect(stateWords(runs.slice(0, 1))).toBe('1 of 1 run is finished.');
  });

  it('gives mean and spread with their number, and no spread of one', () => {
    expect(spreadWords(accuracy, 2)).toBe('83.1% ± 0.6 (n = 2)');
    expect(spreadWords({ mean: 0.8314, deviation: null }, 1)).toBe('83.1% (n = 1)');
    expect(spreadWords(null, 0)).toBe('–');
  });
});
