/** The live panel in plain words: what would be trained, with how much, and how long it takes. */
import type { TrainPreview } from '#app/contract/runs.ts';
import { formatBlocks } from '#app/domain/block-sets.ts';
import { count } from '#app/domain/count.ts';
import { memoryWords } from '#app/domain/memory-words.ts';
import { bytes, number } from '../../format.ts';
import type { Members } from './members.ts';
import { runsOf } from './members.ts';

export interface PanelWords {
  readonly photos: string;
  readonly network: string;
  readonly time: string;
  readonly disk: string | null;
  /** Null where a graphics card computes, whose memory is its own. */
  readonly memory: string | null;
}

export function panelWords(preview: TrainPreview, members: Members): PanelWords {
  const { memory } = preview;
  return {
    photos: photos(preview),
    network: network(preview),
    time: time(preview, members),
    disk: disk(preview),
    memory: memory === null ? null : memoryWords(memory, bytes),
  };
}

function photos({ photos: { train, validation, test }, classes }: TrainPreview): string {
  return (
    `${count(train + validation + test, 'photo')}, ${count(classes.length, 'class', 'classes')}: ` +
    `${number(train)} to learn from, ${number(validation)} to watch by, ${number(test)} for the test.`
  );
}

function network({ method, backbone, sideParameters, headParameters, weights }: TrainPreview): string {
  const trained = sideParameters + headParameters;
  const parts =
    sideParameters === 0
      ? ''
      : ` (${number(sideParameters)} in the side network, ${number(headParameters)} in the head)`;
  return `${method} on ${backbone.name}: ${count(trained, 'trained parameter')}${parts} beside ${rough(backbone.parameters)} frozen ones${weights === 'int8' ? ' in 8 bits' : ''}.`;
}

/** The side network that the run will have; empty where there is none, or where its settings cannot be. */
export function sideWords({ side, sideParameters }: TrainPreview): string {
  if (side === null) return '';
  const { rank, kernel, extract, adapt } = side;
  const blocks = (set: readonly number[]): string => `${set.length === 1 ? 'block' : 'blocks'} ${formatBlocks(set)}`;
  const look = kernel === 0 ? '' : `, ${kernel} × ${kernel} kernel`;
  return (
    `Takes from ${blocks(extract)}, adds to ${blocks(adapt)}; rank ${rank}${look}: ` +
    `${count(sideParameters, 'side parameter')}.`
  );
}

function time({ secondsToExpect, device }: TrainPreview, members: Members): string {
  if (secondsToExpect === null) {
    return `On ${device.name}. How long it takes is known once a run has been trained on this machine.`;
  }
  const runs = runsOf(members);
  const what = members.learningRates > 1 ? `all ${runs} runs` : `${runs} seeds`;
  const all = runs > 1 ? `, ${about(secondsToExpect * runs)} for ${what}` : '';
  return `About ${about(secondsToExpect)} a run${all} on ${device.name}.`;
}

function disk({ cache, cacheBytes, scratchBytes, copyBytes }: TrainPreview): string | null {
  const said = [
    ...(cache === 'none' ? [] : [`Its frozen features take ${bytes(cacheBytes)} of the feature cache.`]),
    ...(scratchBytes === 0 ? [] : [`Its decoded photos take ${bytes(scratchBytes)} of the disk while it trains.`]),
    ...(copyBytes === 0
      ? []
      : [`A copy of the backbone in 8 bits takes ${bytes(copyBytes)} of the disk while it trains.`]),
  ];
  return said.length === 0 ? null : said.join(' ');
}

/** Large numbers as people say them: `5.5 million`. */
export function rough(value: number): string {
  if (value < 1e6) return number(value);
  const [amount, word] = value < 1e9 ? [value / 1e6, 'million'] : [value / 1e9, 'billion'];
  return `${amount.toFixed(amount < 10 ? 1 : 0)} ${word}`;
}

/** An estimate is not said to the second. */
export function about(seconds: number): string {
  if (seconds < 50) return `${Math.max(5, Math.round(seconds / 5) * 5)} s`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 90) return `${minutes} min`;
  const hours = seconds / 3600;
  return `${hours < 10 ? hours.toFixed(1) : Math.round(hours)} h`;
}

/** What the one button says. */
export function buttonWords(members: Members, method: TrainPreview['method'] | null): string {
  const { seeds, learningRates } = members;
  if (learningRates > 1 && seeds > 1)
    return `Train ${runsOf(members)} runs (${learningRates} learning rates × ${seeds} seeds)`;
  if (learningRates > 1) return `Train ${learningRates} learning rates`;
  if (seeds > 1) return `Train ${seeds} seeds`;
  if (method === null) return 'Train';
  return method.startsWith('DTL') ? `Train ${method}` : `Train ${method.toLowerCase()}`;
}
