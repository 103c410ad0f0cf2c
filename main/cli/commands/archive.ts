import type { Command } from 'commander';
import { z } from 'zod';
import type { Core } from '../../core/open-core.ts';
import { commonOptions, onCall, withCommon } from '../command.ts';
import { bytes, count, listing, moment } from '../format.ts';
import type { Session } from '../session.ts';

type Verified = Awaited<ReturnType<Core['archives']['verify']>>;

const archiveOptions = commonOptions.extend({ out: z.string(), photos: z.boolean().optional() });
const openOptions = commonOptions.extend({
  photosIn: z.array(z.string()).optional(),
  extractPhotos: z.string().optional(),
  name: z.string().optional(),
});

/** Below `dtl project`. */
export function archiveCommands(group: Command, session: Session): void {
  const archive = withCommon(
    group
      .command('archive')
      .description('put a project into one file: labels with their history, splits, runs, packs; photos where wished')
      .argument('[name]', 'which (not needed while there is only one)')
      .requiredOption('--out <file>', 'the file to write')
      .option('--photos', 'with the photos themselves'),
    'project archive shells --out shells.dtlproject',
    'project archive shells --out shells.dtlproject --photos',
  );
  onCall(archive, z.tuple([z.string().optional()]), archiveOptions, ([name], options) =>
    session.withCore(options, 'project archive', 'read', async (core, running) => {
      const project = core.projects.resolve(name ?? null);
      const out = session.path(options.out);
      const written = await core.archives.write(project, out, { photos: options.photos === true }, running);
      const left = written.leftOut.map(({ path, reason }) => `${path}: ${reason}`);
      return {
        json: { project: project.name, ...written },
        text: [
          `Wrote and checked "${out}" (${bytes(written.bytes)}): project "${project.name}"` +
            `${options.photos === true ? ` with ${count(written.photos, 'photo')}` : ', without its photos'}.`,
          ...(left.length === 0 ? [] : listing('Not in it:', left)),
        ].join('\n'),
        done: left.length === 0,
      };
    }),
  );

  const verify = withCommon(
    group
      .command('verify')
      .description('read every byte of an archive and check it; nothing is taken from it')
      .argument('<file>', 'the archive'),
    'project verify shells.dtlproject',
  );
  onCall(verify, z.tuple([z.string()]), commonOptions, ([file], options) =>
    session.withCore(options, 'project verify', 'read', async (core, running) => {
      const report = await core.archives.verify(session.path(file), running);
      return { json: report, text: verified(report) };
    }),
  );

  const open = withCommon(
    group
      .command('open')
      .description('take the project of an archive into this profile, as a new project')
      .argument('<file>', 'the archive')
      .option('--photos-in <dir...>', 'folders to look for its photos in, by their content')
      .option('--extract-photos <dir>', 'where to put photos that the archive holds and that were not found')
      .option('--name <name>', 'what to call it (else as it was called, with a number where that is taken)'),
    'project open shells.dtlproject --photos-in ~/photos',
    'project open shells.dtlproject --extract-photos ~/photos/shells',
  );
  onCall(open, z.tuple([z.string()]), openOptions, ([file], options) =>
    session.withCore(options, 'project open', 'write', async (core, running) => {
      const opened = await core.archives.open(
        session.path(file),
        {
          name: options.name ?? null,
          photosIn: (options.photosIn ?? []).map((folder) => session.path(folder)),
          extractTo: options.extractPhotos === undefined ? null : session.path(options.extractPhotos),
        },
        running,
      );
      const { found, extracted, missing } = opened.photos;
      const { counts } = opened.summary;
      return {
        json: opened,
        text: [
          `Opened as project "${opened.name}": ${count(counts.labelled, 'label')}, ${count(counts.events, 'change')} of labels, ` +
            `${count(counts.runs, 'run')}, ${count(counts.packs, 'pack')}.`,
          `Photos: ${found} found, ${extracted} taken from the archive, ${missing} missing`,
          ...opened.notes,
        ].join('\n'),
      };
    }),
  );
}

function verified({ summary, bytes: size, entries, photos }: Verified): string {
  const { counts } = summary;
  return [
    `All ${count(entries, 'entry', 'entries')} (${bytes(size)}) are as they were written.`,
    `Project "${summary.name}", archived ${moment(summary.archivedAt)} by version ${summary.appVersion}`,
    `${count(counts.photos, 'photo')} (${photos} of them in the archive), ${count(counts.labelled, 'label')}, ` +
      `${count(counts.events, 'change')} of labels, ${count(counts.runs, 'run')}, ${count(counts.packs, 'pack')}`,
    ...summary.backbones.map(({ identity, name }) => `Needs the backbone ${name} (${identity.slice(0, 12)})`),
  ].join('\n');
}
