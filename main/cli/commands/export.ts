import type { Command } from 'commander';
import { z } from 'zod';
import { commonOptions, noArguments, onCall, withCommon } from '../command.ts';
import { bytes, count } from '../format.ts';
import type { Session } from '../session.ts';

export function exportCommands(program: Command, session: Session): void {
  const group = program.command('export').description('what a pack knows, for use without this program');
  const command = withCommon(
    group
      .command('onnx')
      .description(
        'write backbone, side network, head and preprocessing as one ONNX file that takes RGB bytes of any size; ' +
          'it is tried before it takes its place',
      )
      .requiredOption('--pack <pack>', 'a file, or number or name of a pack in the profile')
      .requiredOption('--out <file>', 'where to write it'),
    'export onnx --pack shells.safetensors --out shells.onnx',
    'export onnx --pack 2 --out shells.onnx --json',
  );
  const options = commonOptions.extend({ pack: z.string(), out: z.string() });
  onCall(command, noArguments, options, (_args, { pack: reference, out, ...common }) =>
    session.withCore(common, 'export onnx', 'write', async (core, running) => {
      const pack = await core.predict.open(reference, session.path(reference));
      running.say(`Writing about ${bytes(pack.backbone.bytes + pack.bytes)} to "${session.path(out)}".`);
      const report = await core.packs.exportOnnx(pack, session.path(out), running);
      const { path, bytes: size, classNames, backboneName, selfTestError, photosError } = report;
      return {
        json: report,
        text:
          `Wrote "${path}": ${bytes(size)}, ${count(classNames.length, 'class', 'classes')}, with "${backboneName}" inside.\n` +
          `Tried: its logits differ by ${selfTestError.toExponential(1)} (relative L2) on the pack's self-test, its ` +
          `probabilities by at most ${photosError.toExponential(1)} on photos of other sizes.\n` +
          'It takes "image", the RGB bytes [height, width, 3] of an upright photo in sRGB.',
      };
    }),
  );
}
