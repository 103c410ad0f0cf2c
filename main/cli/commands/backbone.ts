import type { Command } from 'commander';
import { z } from 'zod';
import { blockWords } from '#app/domain/backbone-words.ts';
import { commonOptions, noArguments, onCall, wholeNumber, withCommon } from '../command.ts';
import { bytes, count, listing, moment, table } from '../format.ts';
import type { Session } from '../session.ts';

const importOptions = commonOptions.extend({
  name: z.string().optional(),
  variant: z.string().optional(),
  heads: z.number().optional(),
});

export function backboneCommands(program: Command, session: Session): void {
  const group = program.command('backbone').description('import frozen backbones, and list them');
  const importing = withCommon(
    group
      .command('import')
      .description('copy a Vision Transformer (safetensors, timm names) into the profile after checking every tensor')
      .argument('<file>', 'the .safetensors file')
      .option('--name <name>', 'what to call it')
      .option('--variant <name>', 'the published variant whose heads, epsilon and statistics it has')
      .option('--heads <n>', 'attention heads, where neither file nor variant tells', wholeNumber(1)),
    'backbone import vit_base_patch16_224.safetensors',
    'backbone import mine.safetensors --name mine --heads 12',
  );
  onCall(importing, z.tuple([z.string()]), importOptions, ([file], { name, variant, heads, ...common }) =>
    session.withCore(common, 'backbone import', 'write', async (core, running) => {
      const hints = {
        ...(name === undefined ? {} : { name }),
        ...(variant === undefined ? {} : { variant }),
        ...(heads === undefined ? {} : { heads }),
      };
      const report = await core.backbones.import(session.path(file), hints, running);
      const { backbone, leftOut, assumptions, alreadyStored, packs } = report;
      return {
        json: report,
        text: [
          `${alreadyStored ? 'Already in the profile' : 'Imported'}: "${backbone.name}", ` +
            `${count(backbone.parameters, 'parameter')}, ${backbone.dtype}, ${bytes(backbone.bytes)}`,
          `Identity ${backbone.identity}`,
          ...assumptions.map((sentence) => `Assumed: ${sentence}`),
          ...listing('Left out (not needed):', leftOut),
          ...packs.map(({ pack, problem }) =>
            problem === null ? `Pack "${pack.name}" waited for it and is verified now.` : `Note: ${problem}`,
          ),
        ].join('\n'),
      };
    }),
  );

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
}
