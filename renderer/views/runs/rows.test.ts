import { describe, expect, it } from 'vitest';
import { columns } from './columns.ts';
import { filterRows, parseTags, sortRows, tagsOf } from './rows.ts';
import { runRow } from './testing/run-row.ts';

const numbers = (rows: readonly { readonly number: number }[]): number[] => rows.map(({ number }) => number);
const scored = (number: number, accuracy: number | null) =>
  runRow(number, { test: accuracy === null ? null : { loss: 1, accuracy, macroF1: accuracy } });

describe('sortRows', () => {
  it('keeps runs without a value at the end in both directions', () => {
    const rows = [scored(1, 0.5), scored(2, null), scored(3, 0.9)];
    expect(numbers(sortRows(rows, { key: 'test', descending: false }))).toEqual([1, 3, 2]);
    expect(numbers(sortRows(rows, { key: 'test', descending: true }))).toEqual([3, 1, 2]);
  });

  it('puts pinned runs on top, and the newest first among equals', () => {
    const rows = [runRow(1), runRow(2), runRow(3, { pinned: true }), runRow(4)];
    expect(numbers(sortRows(rows, { key: 'method', descending: false }))).toEqual([3, 4, 2, 1]);
  });

  it('says, sorts and finds runs by the precision of their backbone where it is not the usual one', () => {
    const rows = [runRow(1), runRow(2, { weights: 'int8' }), runRow(3)];
    const method = columns.find(({ key }) => key === 'method');
    expect(rows.map((row) => method?.text(row))).toEqual(['DTL+', 'DTL+, 8 bits', 'DTL+']);
    expect(numbers(sortRows(rows, { key: 'method', descending: true }))).toEqual([2, 3, 1]);
    expect(numbers(filterRows(rows, { text: '8 bits', state: null, tag: null }))).toEqual([2]);
  });

  it('has no epochs of a probe to sort by, and shows none', () => {
    const probe = runRow(2, { epochs: null, epochsDone: 0, learningRate: null });
    const rows = [runRow(1), probe, runRow(3, { epochsDone: 12 })];
    expect(numbers(sortRows(rows, { key: 'epochs', descending: false }))).toEqual([3, 1, 2]);
    const shown = columns.filter(({ key }) => key === 'epochs' || key === 'learningRate');
    expect(rows.map((row) => shown.map(({ text }) => text(row)))).toEqual([
      ['30', '3.0e-3'],
      ['–', '–'],
      ['12 of 30', '3.0e-3'],
    ]);
  });

  it('reads numbers in names as numbers', () => {
    const rows = [runRow(1, { name: 'run 10' }), runRow(2, { name: 'run 9' })];
    expect(numbers(sortRows(rows, { key: 'name', descending: false }))).toEqual([2, 1]);
  });

  it('shows what is at work first, then the queue in its order', () => {
    const rows = [
      runRow(1),
      runRow(2, { state: 'queued', queued: 2 }),
      runRow(3, { state: 'queued', queued: 1 }),
      runRow(4, { state: 'running' }),
    ];
    expect(numbers(sortRows(rows, { key: 'state', descending: false }))).toEqual([4, 3, 2, 1]);
  });

  it('measures a run against the probe on the same photos', () => {
    const rows = [
      runRow(1, {
        test: { loss: 1, accuracy: 0.9, macroF1: 0.9 },
        probeTest: { loss: 1, accuracy: 0.9, macroF1: 0.9 },
      }),
      runRow(2, {
        test: { loss: 1, accuracy: 0.7, macroF1: 0.7 },
        probeTest: { loss: 1, accuracy: 0.5, macroF1: 0.5 },
      }),
    ];
    expect(numbers(sortRows(rows, { key: 'overProbe', descending: true }))).toEqual([2, 1]);
  });
});

describe('filterRows', () => {
  const rows = [
    runRow(1, { note: 'with the new light', tags: ['final'] }),
    runRow(2, { state: 'failed', method: 'linear probe' }),
  ];
  const all = { text: '', state: null, tag: null };

  it('looks for every word, anywhere', () => {
    expect(numbers(filterRows(rows, { ...all, text: 'LIGHT run' }))).toEqual([1]);
    expect(numbers(filterRows(rows, { ...all, text: 'light probe' }))).toEqual([]);
    expect(numbers(filterRows(rows, { ...all, text: ' ' }))).toEqual([1, 2]);
  });

  it('takes state and tag together', () => {
    expect(numbers(filterRows(rows, { ...all, state: 'failed' }))).toEqual([2]);
    expect(numbers(filterRows(rows, { ...all, tag: 'final' }))).toEqual([1]);
    expect(numbers(filterRows(rows, { ...all, state: 'failed', tag: 'final' }))).toEqual([]);
  });
});

describe('tags', () => {
  it('are read with commas between them, each once', () => {
    expect(parseTags(' final,  two  words ,, final')).toEqual(['final', 'two words']);
    expect(parseTags('  ')).toEqual([]);
  });

  it('are listed once each, by name', () => {
    expect(tagsOf([runRow(1, { tags: ['b', 'a'] }), runRow(2, { tags: ['a'] })])).toEqual(['a', 'b']);
  });
});
