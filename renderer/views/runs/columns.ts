/** The columns of the table of runs: which there are, what they say, and which are shown until somebody chooses. */
import type { RunRow } from '#app/contract/runs.ts';
import { ago, bytes, duration, number, percent } from '../../format.ts';
import type { SortKey } from './rows.ts';
import { methodOf, overProbe } from './rows.ts';

export interface Column {
  readonly key: SortKey;
  readonly title: string;
  readonly explain: string;
  readonly number: boolean;
  /** In rem. */
  readonly width: number;
  readonly usual: boolean;
  readonly text: (row: RunRow) => string;
}

const NOTHING = '–';
const share = (value: number | undefined): string => (value === undefined ? NOTHING : percent(value));

/** Percentage points with their sign: `+1.7`. */
export function points(difference: number | null): string {
  if (difference === null) return NOTHING;
  const value = (100 * difference).toFixed(1);
  return difference > 0 && value !== '0.0' ? `+${value}` : value.replace(/^-0\.0$/, '0.0').replace('-', '−');
}

/** Name and state have cells of their own. */
export const columns: readonly Column[] = [
  {
    key: 'method',
    title: 'Method',
    explain: 'With the settings that differ from its defaults, and "8 bits" where the backbone was in them',
    number: false,
    width: 7,
    usual: true,
    text: methodOf,
  },
  {
    key: 'backbone',
    title: 'Backbone',
    explain: 'The frozen network under it',
    number: false,
    width: 9,
    usual: false,
    text: ({ backbone }) => backbone,
  },
  {
    key: 'split',
    title: 'Split',
    explain: 'Which photos it learned from',
    number: false,
    width: 7,
    usual: false,
    text: ({ split }) => split,
  },
  {
    key: 'seed',
    title: 'Seed',
    explain: 'Everything random followed from it',
    number: true,
    width: 3.5,
    usual: true,
    text: ({ seed }) => String(seed),
  },
  {
    key: 'epochs',
    title: 'Epochs',
    explain: 'Passes over the training photos that are done, of all',
    number: true,
    width: 5.5,
    usual: true,
    text: ({ epochsDone, epochs }) => {
      if (epochs === null) return NOTHING;
      return epochsDone === epochs ? String(epochs) : `${epochsDone} of ${epochs}`;
    },
  },
  {
    key: 'learningRate',
    title: 'Learning rate',
    explain: 'Peak of the side network’s',
    number: true,
    width: 7,
    usual: false,
    text: ({ learningRate }) => learningRate?.toExponential(1) ?? NOTHING,
  },
  {
    key: 'validation',
    title: 'Validation',
    explain: 'Accuracy on the photos that the training was watched by',
    number: true,
    width: 5.5,
    usual: true,
    text: ({ validation }) => share(validation?.accuracy),
  },
  {
    key: 'validationF1',
    title: 'Val. F1',
    explain: 'Macro-F1 on the validation photos: every class counts the same',
    number: true,
    width: 5.5,
    usual: false,
    text: ({ validation }) => validation?.macroF1.toFixed(3) ?? NOTHING,
  },
  {
    key: 'test',
    title: 'Test',
    explain: 'Accuracy on photos that were kept aside and looked at once',
    number: true,
    width: 4.5,
    usual: true,
    text: ({ test }) => share(test?.accuracy),
  },
  {
    key: 'testF1',
    title: 'Test F1',
    explain: 'Macro-F1 on the test photos: every class counts the same',
    number: true,
    width: 5.5,
    usual: false,
    text: ({ test }) => test?.macroF1.toFixed(3) ?? NOTHING,
  },
  {
    key: 'overProbe',
    title: 'Over probe',
    explain: 'Percentage points over the linear probe on the same test photos',
    number: true,
    width: 5.5,
    usual: true,
    text: (row) => points(overProbe(row)),
  },
  {
    key: 'parameters',
    title: 'Parameters',
    explain: 'Trained numbers in the side network',
    number: true,
    width: 6.5,
    usual: false,
    text: ({ sideParameters }) => (sideParameters === null ? NOTHING : number(sideParameters)),
  },
  {
    key: 'seconds',
    title: 'Time',
    explain: 'Time at work',
    number: true,
    width: 6,
    usual: true,
    text: ({ seconds }) => (seconds === null ? NOTHING : duration(seconds)),
  },
  {
    key: 'memory',
    title: 'Memory',
    explain: 'Most memory that the engine took',
    number: true,
    width: 6,
    usual: false,
    text: ({ peakRssBytes }) => (peakRssBytes === null ? NOTHING : bytes(peakRssBytes)),
  },
  {
    key: 'createdAt',
    title: 'Created',
    explain: 'When it was started or put into the queue',
    number: true,
    width: 6,
    usual: true,
    text: ({ createdAt }) => ago(createdAt),
  },
];

export const usualColumns: readonly SortKey[] = columns.filter(({ usual }) => usual).map(({ key }) => key);
