import type { Command } from 'commander';
import { z } from 'zod';
import { AppError } from '#app/domain/errors.ts';
import type { Core } from '../../core/open-core.ts';
import { commonOptions, onCall, withCommon } from '../command.ts';
import { count, listing } from '../format.ts';
import type { Session } from '../session.ts';

type Predictions = Awaited<ReturnType<Core['predict']['run']>>[number];

const options = commonOptions.extend({ pack: z.array(z.string()).optional(), out: z.string().optional() });

export function predictCommand(program: Command, session: Session): void {
  const command = withCommon(
    program
      .command('predict')
      .description(
        'classify photos with a pack, or with several at once. Prints CSV (file_name, label, confidence, and p_CLASS for every class), or JSON with --json',
      )
      .argument('<photos...>', 'photos, and folders with photos in them')
      .option(
        '--pack <pack>',
        'a pack file, or number or name of a pack in the profile (else the newest there). Given several times, all are ' +
          'applied: packs on one backbone share its frozen part, and the columns of each begin with its name',
        (pack: string, before: readonly string[] | undefined) => [...(before ?? []), pack],
      )
      .option('--out <file>', 'write the CSV there (JSON where the name ends in .json)'),
    'predict --pack shells.safetensors photo.jpg',
    'predict ~/photos/new --out predictions.csv',
    'predict --pack 2 photo.jpg --json',
    'predict --pack shells-a.safetensors --pack shells-b.safetensors ~/photos/new',
  );
  onCall(command, z.tuple([z.array(z.string())]), options, ([photos], { pack, out, ...common }) =>
    session.withCore(common, 'predict', 'use', async (core, running) => {
      const references = pack ?? [newestPack(core)];
      const opened: Awaited<ReturnType<Core['predict']['open']>>[] = [];
      for (const reference of references) opened.push(await core.predict.open(reference, session.path(reference)));
      const found = await core.predict.find(
        photos.map((name) => ({ path: session.path(name), name })),
        running,
      );
      const all = await core.predict.run(opened, found, running);
      const [predictions] = all;
      if (predictions === undefined) throw new AppError('predict.no-pack', 'No pack was given.', { kind: 'bug' });
      if (predictions.photos.length === 0) throw noneReadable(predictions);
      for (const line of listing(
        `Could not be classified: ${predictions.failed.length}`,
        predictions.failed.map(({ path, reason }) => `${path}: ${reason}`),
      )) {
        running.say(line);
      }
      const named = all.map((said, at) => ({ pack: opened[at]?.path ?? '', name: references[at] ?? '', ...said }));
      const json = named.length === 1 ? { pack: named[0]?.pack, ...predictions } : { packs: named };
      const table = named.length === 1 ? csv(core, predictions) : sideBySide(core, named);
      if (out === undefined) return { json, text: table, exact: true };
      const path = session.path(out);
      await core.tables.writeText(path, path.endsWith('.json') ? `${JSON.stringify(json)}\n` : table);
      const { failed } = predictions;
      return {
        json: { path, photos: predictions.photos.length, failed },
        text: `Wrote ${count(predictions.photos.length, 'prediction')} to "${path}".`,
      };
    }),
  );
}

function newestPack(core: Core): string {
  const newest = core.packs.list().find(({ state }) => state === 'verified');
  if (newest !== undefined) return String(newest.id);
  throw new AppError(
    'predict.no-pack',
    'This profile has no verified pack to classify with. Make one with "pack export", or name a file with --pack.',
  );
}

function noneReadable({ failed }: Predictions): AppError {
  const lines = failed.slice(0, 5).map(({ path, reason }) => `"${path}": ${reason}`);
  return new AppError(
    'predict.nothing-readable',
    `${failed.length === 1 ? 'The photo' : `None of the ${failed.length} photos`} could ${failed.length === 1 ? 'not ' : ''}be classified. ${lines.join('; ')}.`,
    { data: { paths: failed.map(({ path }) => path) } },
  );
}

/** One row a photo: whether the packs agree, then what each says. A photo that one of them could not read is in no row. */
function sideBySide(core: Core, packs: readonly (Predictions & { readonly name: string })[]): string {
  const header = [
    'file_name',
    'agree',
    ...packs.flatMap(({ name, classNames }) => [
      `${name} label`,
      `${name} confidence`,
      ...classNames.map((label) => `${name} p_${label}`),
    ]),
  ];
  const byPath = packs.map(({ photos }) => new Map(photos.map((photo) => [photo.path, photo])));
  const rows = (packs[0]?.photos ?? []).flatMap(({ path, name }) => {
    const said = byPath.flatMap((photos) => photos.get(path) ?? []);
    if (said.length < packs.length) return [];
    const agree = said.every(({ label }) => label === said[0]?.label) ? 'yes' : 'no';
    return [[name, agree, ...said.flatMap((own) => [own.label, own.confidence, ...own.probabilities])]];
  });
  return [header, ...rows].map((row) => core.tables.csvLine(row)).join('');
}

function csv(core: Core, { classNames, photos }: Predictions): string {
  const header = ['file_name', 'label', 'confidence', ...classNames.map((name) => `p_${name}`)];
  const rows = photos.map(({ name, label, confidence, probabilities }) => [name, label, confidence, ...probabilities]);
  return [header, ...rows].map((row) => core.tables.csvLine(row)).join('');
}
