/** Each line of an archive, checked, as columns of the table in which it is set aside. */
import { z } from 'zod';
import type { SqlValue } from '../connection.ts';
import { contentProblem } from './problem.ts';
import { records } from './records.ts';
import type { RecordName } from './records.ts';

export type Columns = readonly (readonly [column: string, value: SqlValue])[];

const bit = (value: boolean): number => (value ? 1 : 0);
const raw = (text: string): Uint8Array => Buffer.from(text, 'base64');
const whole = (record: object): string => JSON.stringify(record);
export const tableOf = (name: RecordName): string =>
  name === 'run-checkpoints' ? 'checkpoints' : name.replaceAll('-', '_');

/** Throws `archive.content` naming the line. */
type Taker = (row: unknown, where: string, place: number) => Columns;

function taker<T>(schema: z.ZodType<T>, columns: (record: T, place: number) => Columns): Taker {
  return (row, where, place) => {
    const checked = schema.safeParse(row);
    if (checked.success) return columns(checked.data, place);
    throw contentProblem(where, z.prettifyError(checked.error));
  };
}

export const takers = {
  classes: taker(records.classes, (one, place) => [
    ['number', one.number],
    ['place', place],
    ['row', whole(one)],
  ]),
  photos: taker(records.photos, (one, place) => [
    ['number', one.number],
    ['place', place],
    ['folder', one.folder],
    ['below', one.path],
    ['content_hash', one.contentHash],
    ['bytes', one.bytes],
    ['modified_at', one.modifiedAt],
    ['reason', one.reason],
    ['width', one.facts?.width ?? null],
    ['height', one.facts?.height ?? null],
    ['orientation', one.facts?.orientation ?? null],
    ['format', one.facts?.format ?? null],
    ['bits', one.facts?.bits ?? null],
    ['perceptual_hash', one.facts?.perceptualHash ?? null],
    ['pixel_hash', one.facts?.pixelHash ?? null],
    ['offered_class', one.offeredClass],
    ['class', one.class],
    ['group_name', one.group],
    ['added_at', one.addedAt],
    ['flagged', bit(one.flagged)],
    ['excluded', bit(one.excluded)],
  ]),
  'label-events': taker(records['label-events'], (one) => [
    ['revision', one.revision],
    ['photo', one.photo],
    ['from_class', one.from],
    ['to_class', one.to],
    ['batch', one.batch],
    ['actor', one.actor],
    ['source', one.source],
    ['at', one.at],
  ]),
  'label-seals': taker(records['label-seals'], (one) => [
    ['revision', one.revision],
    ['digest', Buffer.from(one.digest, 'hex')],
  ]),
  edits: taker(records.edits, (one, place) => [
    ['place', place],
    ['row', whole(one)],
  ]),
  splits: taker(records.splits, (one) => [
    ['number', one.number],
    ['row', whole(one)],
  ]),
  'split-members': taker(records['split-members'], (one) => Object.entries(one)),
  runs: taker(records.runs, (one) => [
    ['number', one.number],
    ['row', whole(one)],
  ]),
  'run-samples': taker(records['run-samples'], (one) => [
    ['run', one.run],
    ['position', one.position],
    ['photo', one.photo],
    ['content_hash', Buffer.from(one.contentHash, 'hex')],
    ['bytes', one.bytes],
    ['label', one.label],
    ['subset', one.subset],
  ]),
  'run-metrics': taker(records['run-metrics'], (one) => [
    ['run', one.run],
    ['epoch', one.epoch],
    ['train_loss', one.trainLoss],
    ['learning_rate', one.learningRate],
    ['validation_loss', one.validationLoss],
    ['validation_accuracy', one.validationAccuracy],
    ['validation_macro_f1', one.validationMacroF1],
    ['images_per_second', one.imagesPerSecond],
    ['rss_bytes', one.rssBytes],
    ['at', one.at],
  ]),
  'run-predictions': taker(records['run-predictions'], ({ logits, ...one }) => [
    ...Object.entries(one),
    ['logits', raw(logits)],
  ]),
  'run-log': taker(records['run-log'], (one) => Object.entries(one)),
  'run-checkpoints': taker(records['run-checkpoints'], (one) => Object.entries(one)),
  packs: taker(records.packs, (one, place) => [
    ['place', one.place === place ? place : -1],
    ['row', whole(one)],
  ]),
  'pack-words': taker(records['pack-words'], (one) => [
    ['pack', one.pack],
    ['photo', one.photo],
    ['class_index', one.classIndex],
    ['confidence', one.confidence],
    ['probabilities', raw(one.probabilities)],
    ['content_hash', one.contentHash],
    ['at', one.at],
  ]),
  'pack-applications': taker(records['pack-applications'], (one) => Object.entries(one)),
} satisfies Readonly<Record<RecordName, Taker>>;
