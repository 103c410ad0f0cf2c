import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { blockWords } from '#app/domain/backbone-words.ts';
import { given } from '#app/domain/given.ts';
import { backboneText, inspectionText } from '../backbone-text.ts';
import { commonOptions, noArguments, number, onCall, wholeNumber, withCommon } from '../command.ts';
import { bytes, moment, table } from '../format.ts';
import type { Session } from '../session.ts';

const channels = z.tuple([z.number(), z.number(), z.number()]);
const changeOptions = commonOptions.extend({
  name: z.string().optional(),
  heads: z.number().optional(),
  imageSize: z.number().optional(),
  eps: z.number().optional(),
  activation: z.enum(['gelu', 'gelu-tanh', 'quick-gelu']).optional(),
  mean: channels.optional(),
  std: channels.optional(),
  licence: z.string().optional(),
});
const importOptions = changeOptions.extend({ variant: z.string().optional(), dryRun: z.boolean().optional() });

const oneBackbone = z.tuple([z.string()]);

export function backboneCommands(program: Command, session: Session): void {
  const group = program
    .command('backbone')
    .description('the frozen networks that side networks are trained beside: import, look at, change, remove');

  const importing = withSettings(
    group
      .command('import')
      .description(
        'take a checkpoint into the profile: ViT, DeiT, DINO, DINOv2, MAE, CLIP, SigLIP, Swin, as .safetensors with the names of ' +
          "timm, Hugging Face or the original code, or as Google's .npz; every tensor is checked, the file itself stays as it is",
      )
      .argument('<file>', 'the .safetensors or .npz file; config.json and preprocessor_config.json beside it are read')
      .option('--variant <name>', "the published network whose settings it has, by timm's name: vit_base_patch16_224")
      .option('--dry-run', 'only say what the file is, and what nothing tells of it'),
  );
  withCommon(
    importing,
    'backbone import vit_base_patch16_224.safetensors',
    'backbone import ViT-B_16.npz --dry-run',
    'backbone import mine.safetensors --name mine --heads 12 --mean 0.5,0.5,0.5 --std 0.5,0.5,0.5',
    'backbone import dinov2/model.safetensors --image-size 224',
  );
  onCall(importing, oneBackbone, importOptions, ([file], { variant, dryRun, eps, ...options }) => {
    const { home, json, ...settings } = options;
    const common = { ...given({ home, json }) };
    const hints = given({ ...settings, variant, layerNormEps: eps });
    if (dryRun === true) {
      return session.withCore(common, 'backbone import', 'use', async (core) => {
        const found = await core.backbones.inspect(session.path(file), hints);
        return { json: found, text: inspectionText(found) };
      });
    }
    return session.withCore(common, 'backbone import', 'write', async (core, running) => {
      const report = await core.backbones.import(session.path(file), hints, running);
      const { backbone, alreadyStored, differences, packs } = report;
      return {
        json: report,
        text: [
          alreadyStored ? 'These weights were in the profile already.' : 'Imported.',
          backboneText(backbone),
          ...differences.map((sentence) => `Note: ${sentence}`),
          ...packs.map(({ pack, problem }) =>
            problem === null ? `Pack "${pack.name}" waited for it and is verified now.` : `Note: ${problem}`,
          ),
        ].join('\n'),
      };
    });
  });

  const list = withCommon(group.command('list').description('list the backbones of this profile'), 'backbone list');
  onCall(list, noArguments, commonOptions, (_args, options) =>
    session.withCore(options, 'backbone list', 'use', async (core) => {
      const all = await core.backbones.list();
      const rows = all.map(({ name, spec, parameters, dtype, identity, licence, importedAt }) => [
        name,
        `${spec.imageSize}/${spec.patchSize}`,
        blockWords(spec),
        `${(parameters / 1e6).toFixed(1)} M`,
        dtype,
        identity.slice(0, 12),
        licence ?? 'not stated',
        moment(importedAt),
      ]);
      const header = ['backbone', 'pixels', 'blocks', 'parameters', 'type', 'identity', 'licence', 'imported'];
      return { json: all, text: table(header, rows, ['left', 'left', 'left', 'right']) };
    }),
  );

  const show = withCommon(
    group
      .command('show')
      .description('everything that is known of one backbone, and where each setting was found')
      .argument('<backbone>', 'its name, or the first digits of its identity (at least 6)'),
    'backbone show vit_tiny_patch16_224',
  );
  onCall(show, oneBackbone, commonOptions, ([reference], options) =>
    session.withCore(options, 'backbone show', 'use', async (core) => {
      const backbone = await core.backbones.named(reference);
      const needed = core.backbones.neededBy(backbone.identity);
      return { json: { ...backbone, neededBy: needed }, text: backboneText(backbone, needed) };
    }),
  );

  const edit = withSettings(
    group
      .command('edit')
      .description(
        'change what is said of a backbone; name, mean, std and licence in place, while other heads, epsilon, activation or image ' +
          'size make another backbone of the same weights beside it',
      )
      .argument('<backbone>', 'its name, or the first digits of its identity (at least 6)'),
  );
  withCommon(
    edit,
    'backbone edit vit_base_patch16_224 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225',
    'backbone edit vit_base_patch16_224 --image-size 384',
  );
  onCall(edit, oneBackbone, changeOptions, ([reference], { home, json, eps, ...settings }) =>
    session.withCore(given({ home, json }), 'backbone edit', 'write', async (core, running) => {
      const { identity, name } = await core.backbones.named(reference);
      const changed = await core.backbones.edit(identity, given({ ...settings, layerNormEps: eps }), running);
      const beside = `This makes another network: it stands beside "${name}", which stays as it is.`;
      const what = changed.another ? beside : 'Changed. Runs and packs that exist keep what they were made with.';
      return { json: changed, text: `${what}\n${backboneText(changed.backbone)}` };
    }),
  );

  const remove = withCommon(
    group
      .command('remove')
      .description('take a backbone out of the profile; refused while runs or packs need it')
      .argument('<backbone>', 'its name, or the first digits of its identity (at least 6)'),
    'backbone remove mine',
  );
  onCall(remove, oneBackbone, commonOptions, ([reference], options) =>
    session.withCore(options, 'backbone remove', 'write', async (core) => {
      const { identity } = await core.backbones.named(reference);
      const removed = await core.backbones.remove(identity);
      return { json: removed, text: `Removed "${removed.name}", which frees ${bytes(removed.bytes)}.` };
    }),
  );
}

function withSettings(command: Command): Command {
  return command
    .option('--name <name>', 'what to call it')
    .option('--heads <n>', 'attention heads', wholeNumber(1, 65_536))
    .option(
      '--image-size <n>',
      'side of the input in pixels; position embeddings are resized for it',
      wholeNumber(1, 8192),
    )
    .option(
      '--eps <number>',
      'LayerNorm epsilon: 1e-6 in most ViTs, 1e-5 in CLIP and Swin',
      number({ above: 0, below: 1 }),
    )
    .option('--activation <name>', 'gelu, gelu-tanh or quick-gelu', activation)
    .option('--mean <r,g,b>', 'what photos are brought to, a channel, of values from 0 to 1', threeNumbers)
    .option('--std <r,g,b>', 'and by what they are divided then', threeNumbers)
    .option('--licence <text>', 'under which licence the weights are');
}

function activation(text: string): string {
  if (['gelu', 'gelu-tanh', 'quick-gelu'].includes(text)) return text;
  throw new InvalidArgumentError('gelu, gelu-tanh or quick-gelu is expected.');
}

/** `0.5,0.5,0.5`, or one number for all three. */
function threeNumbers(text: string): readonly number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  const [only] = values;
  if (values.length === 1 && only !== undefined && Number.isFinite(only)) return [only, only, only];
  if (values.length === 3 && values.every(Number.isFinite)) return values;
  throw new InvalidArgumentError('Three numbers with commas between them, such as 0.5,0.5,0.5, are expected.');
}
