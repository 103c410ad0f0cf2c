import type { Command } from 'commander';
import { z } from 'zod';
import { measuredWeights } from '#app/domain/pack-content.ts';
import type { Core } from '../../core/open-core.ts';
import { commonOptions, onCall, projectOptions, withCommon, withProject } from '../command.ts';
import { bytes, count, percent } from '../format.ts';
import { methodText } from '../run-text.ts';
import type { Session } from '../session.ts';

type PackReport = Awaited<ReturnType<Core['packs']['import']>>;
type PackContent = Awaited<ReturnType<Core['packs']['read']>>['content'];

export function packCommands(program: Command, session: Session): void {
  const group = program.command('pack').description('adapter packs: what a run leaves for use elsewhere');
  exportCommand(group, session);
  importCommand(group, session);
  verifyCommand(group, session);
  showCommand(group, session);
}

function exportCommand(group: Command, session: Session): void {
  const command = withProject(
    group
      .command('export')
      .description('make the pack of a finished run: side network, head, settings, figures and a self-test in one file')
      .argument('[run]', 'number or name (else the newest)')
      .option('--out <file>', 'where to write it too (it is always kept in the profile)'),
    'pack export --out shells.safetensors',
    'pack export 3',
  );
  const options = projectOptions.extend({ out: z.string().optional() });
  onCall(command, z.tuple([z.string().optional()]), options, ([run], { out, ...common }) =>
    session.withCore(common, 'pack export', 'write', async (core) => {
      const project = core.projects.resolve(common.project ?? null);
      const target = out === undefined ? null : session.path(out);
      const report = await core.packs.export(core.runs.resolve(project, run ?? null), target);
      const { pack, path, sideParameters } = report;
      return {
        json: report,
        text:
          `Wrote "${path}": ${bytes(pack.bytes)}, ${count(sideParameters, 'side parameter')}, ` +
          `${count(pack.classNames.length, 'class', 'classes')}, for "${pack.backboneName}".\nSHA-256 ${pack.sha256}`,
      };
    }),
  );
}

function importCommand(group: Command, session: Session): void {
  const command = withCommon(
    group
      .command('import')
      .description('take a pack into the profile and replay its self-test')
      .argument('<file>', 'the pack')
      .option('--name <name>', 'what to call it (else the name of the file)'),
    'pack import shells.safetensors',
  );
  const options = commonOptions.extend({ name: z.string().optional() });
  onCall(command, z.tuple([z.string()]), options, ([file], { name, ...common }) =>
    session.withCore(common, 'pack import', 'write', async (core) => {
      const report = await core.packs.import(session.path(file), name ?? null);
      return { json: reportJson(report), text: describe(report) };
    }),
  );
}

function verifyCommand(group: Command, session: Session): void {
  const command = withCommon(
    group
      .command('verify')
      .description('check a pack and replay its self-test; nothing is taken into the profile')
      .argument('<pack>', 'a file, or number or name of a pack in the profile')
      .option('--backbone <name>', 'the backbone it has to be for (else its own is looked up)'),
    'pack verify shells.safetensors',
    'pack verify 2 --backbone vit_base_patch16_224',
  );
  const options = commonOptions.extend({ backbone: z.string().optional() });
  onCall(command, z.tuple([z.string()]), options, ([reference], { backbone, ...common }) =>
    session.withCore(common, 'pack verify', 'write', async (core) => {
      const stored = core.packs.find(reference);
      const report =
        stored === null
          ? await core.packs.verifyFile(session.path(reference), backbone ?? null)
          : await core.packs.verifyStored(stored, backbone ?? null);
      return { json: reportJson(report), text: describe(report), done: report.selfTestError !== null };
    }),
  );
}

function showCommand(group: Command, session: Session): void {
  const command = withCommon(
    group
      .command('show')
      .description('what a pack holds, or the packs of the profile')
      .argument('[pack]', 'a file, or number or name of a pack in the profile (else all are listed)'),
    'pack show',
    'pack show shells.safetensors --json',
  );
  onCall(command, z.tuple([z.string().optional()]), commonOptions, ([reference], options) =>
    session.withCore(options, 'pack show', 'read', async (core) => {
      if (reference === undefined) {
        const all = core.packs.list();
        const lines = all.map(
          ({ id, name, state, bytes: size, backboneName, classNames, method }) =>
            `${id}  ${name}: ${state}, ${method.name}, ${count(classNames.length, 'class', 'classes')}, ${bytes(size)}, ` +
            `for "${backboneName}"`,
        );
        return { json: all, text: lines.length === 0 ? 'No packs yet. Make one: dtl pack export' : lines.join('\n') };
      }
      const stored = core.packs.find(reference);
      const path = stored === null ? session.path(reference) : core.packs.pathOf(stored);
      const { content, sha256, bytes: size } = await core.packs.read(path);
      return {
        json: { path, sha256, bytes: size, pack: stored, ...contentJson(content) },
        text: contentText(content, path, sha256, size),
      };
    }),
  );
}

/** Tensors as their shapes: their values are in the file. */
function contentJson({ tensors, ...rest }: PackContent): object {
  return { ...rest, tensors: Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape])) };
}

function reportJson({ pack, file, path, selfTestError, notes }: PackReport): object {
  const { content, sha256, bytes: size } = file;
  const { backbone, method, classNames } = content;
  return {
    path,
    sha256,
    bytes: size,
    verified: selfTestError !== null,
    selfTestError,
    notes,
    backbone,
    method,
    classNames,
    pack,
  };
}

function describe({ pack, file, path, selfTestError, notes }: PackReport): string {
  const kept = pack === null ? '' : ` Kept as pack ${pack.id} "${pack.name}".`;
  const verdict =
    selfTestError === null
      ? `Not verified.${kept}`
      : `Verified: the self-test differs by ${selfTestError.toExponential(1)} (relative L2; 1e-3 is allowed).${kept}`;
  return [`"${path}": ${bytes(file.bytes)}, for "${file.content.backbone.name}"`, verdict, ...notes].join('\n');
}

export function contentText(content: PackContent, path: string, sha256: string, size: number): string {
  const { method, classNames, preprocessing, backbone, metrics, provenance, tensors } = content;
  const figure = (name: string, value: typeof metrics.test): readonly string[] =>
    value === null ? [] : [`${name}: accuracy ${percent(value.accuracy)}, macro-F1 ${value.macroF1.toFixed(3)}`];
  return [
    `"${path}": ${bytes(size)}, SHA-256 ${sha256}`,
    `Method: ${methodText(method)}`,
    `Classes: ${classNames.join(', ')}`,
    `Backbone: "${backbone.name}" (${backbone.identity})`,
    `Preprocessing: ${preprocessing.imageSize} pixels, ${preprocessing.fit}, ${preprocessing.interpolation}, 16 bit ${preprocessing.sixteenBit.kind}`,
    ...figure('Test', metrics.test),
    ...figure('Linear probe, test', metrics.probe?.test ?? null),
    ...(metrics.test !== null && measuredWeights(provenance) === 'int8'
      ? ['These were measured with the backbone in 8 bits.']
      : []),
    `Origin: label revision ${provenance.labelRevision}, split ${provenance.splitDigest.slice(0, 12)}, seed ${provenance.seed}, ` +
      `DTL Studio ${provenance.appVersion}, ${provenance.runtimeVersion}`,
    `Tensors: ${[...tensors].map(([name, { shape }]) => `${name} [${shape.join(', ')}]`).join(', ')}`,
  ].join('\n');
}
