import { describe, expect, it } from 'vitest';
import { resultText, spreadText } from './result-text.ts';

describe('resultText', () => {
  it('writes each unit as people read it', () => {
    expect(resultText(0.8312, 'share')).toBe('83.1%');
    expect(resultText(190, 'seconds')).toBe('3 min 10 s');
    expect(resultText(1.2e9, 'bytes')).toBe('1.2 GB');
    expect(resultText(56_064, 'number')).toBe('56,064');
    expect(resultText(0.51234, 'number')).toBe('0.512');
    expect(resultText(null, 'share')).toBe('–');
  });
});

describe('spreadText', () => {
  it('says mean, deviation and of how many runs', () => {
    expect(spreadText({ mean: 0.831, deviation: 0.0061, n: 3 }, 'share')).toBe('83.1% ± 0.6 (n = 3)');
  });

  it('claims no deviation of a single run', () => {
    expect(spreadText({ mean: 0.831, deviation: null, n: 1 }, 'share')).toBe('83.1% (n = 1)');
  });
});
