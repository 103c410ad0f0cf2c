/** The options of `train`: one for every setting of method, recipe, plan and preprocessing. */
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { deviceChoices } from '#app/domain/device.ts';
import { given } from '#app/domain/given.ts';
import { METHOD_NAMES, WEIGHT_PRECISIONS } from '#app/domain/run-config.ts';
import type { Core } from '../../core/open-core.ts';
import { blocks, number, projectOptions, threadCount, wholeNumber } from '../command.ts';

type TrainRequest = Parameters<Core['runs']['prepare']>[1];

const kernels = z.union([z.literal(0), z.literal(3), z.literal(4), z.literal(5)]);
const blockSet = z.union([z.literal('all'), z.array(z.number())]);

export const trainOptions = projectOptions.extend({
  method: z.enum(METHOD_NAMES),
  kernel: kernels.optional(),
  rank: z.number().optional(),
  beta: z.number().optional(),
  extract: blockSet.optional(),
  adapt: blockSet.optional(),
  recipe: z.enum(['default', 'paper']),
  start: z.enum(['probe', 'paper']).optional(),
  epochs: z.number().optional(),
  batchSize: z.number().optional(),
  lr: z.number().optional(),
  headLrScale: z.number().optional(),
  warmupEpochs: z.number().optional(),
  warmupFrom: z.number().optional(),
  cosineEpochs: z.number().optional(),
  lrFloor: z.number().optional(),
  weightDecay: z.number().optional(),
  dropPath: z.number().optional(),
  labelSmoothing: z.number().optional(),
  classWeights: z.enum(['none', 'balanced']).optional(),
  augmentation: z.enum(['none', 'flip', 'flip-shift']).optional(),
  dropLast: z.boolean().optional(),
  keep: z.enum(['last', 'best']).optional(),
  seed: z.number(),
  split: z.string().optional(),
  backbone: z.string().optional(),
  fit: z.enum(['squash', 'crop', 'pad']),
  sixteenBit: z.enum(['full-range', 'percentiles']),
  device: z.enum(deviceChoices).optional(),
  threads: z.number().optional(),
  microBatch: z.number().optional(),
  memory: z.number().optional(),
  dryRun: z.boolean().optional(),
  cache: z.enum(['float16', 'float32', 'none']).optional(),
  weights: z.enum(WEIGHT_PRECISIONS).optional(),
  name: z.string().optional(),
  note: z.string(),
});

export type TrainOptions = z.infer<typeof trainOptions>;

const choice = (flags: string, text: string, choices: readonly string[]): Option =>
  new Option(flags, text).choices(choices);

/** `several`: learning rates and seeds are options of the command's own. */
export function addTrainOptions(command: Command, { several = false } = {}): Command {
  addMethodAndRecipe(command, several);
  return command
    .optionsGroup('Photos and backbone:')
    .option('--split <name>', 'which split (else the newest, drawn now if there is none)')
    .option('--backbone <name>', 'which backbone (else the one that comes with the program)')
    .addOption(choice('--fit <how>', 'how photos meet the square input', ['squash', 'crop', 'pad']).default('squash'))
    .addOption(
      choice('--sixteen-bit <how>', '16-bit samples to 8 bits', ['full-range', 'percentiles']).default('full-range'),
    )
    .optionsGroup('This machine:')
    .addOption(
      choice('--device <name>', 'what computes; "auto" takes the first that works (see "doctor")', [...deviceChoices]),
    )
    .option('--threads <n>', 'threads (else one a core)', threadCount)
    .option('--micro-batch <n>', 'photos in one run of the graph: less takes less memory', wholeNumber(1))
    .addOption(
      choice('--cache <how>', 'keep constant features in half or full precision, or compute them at every step', [
        'float16',
        'float32',
        'none',
      ]),
    )
    .addOption(
      choice(
        '--weights <how>',
        "the backbone's: as they are, or in 8 bits (quicker and smaller on large backbones; results change about as much as with another seed; CPU only)",
        WEIGHT_PRECISIONS,
      ),
    )
    .option('--memory <size>', 'what the run may take, such as 900M or 2G (else half of what is free)', byteSize)
    .option('--dry-run', 'say what would be trained, whether it fits and how long it takes; nothing is started or kept')
    .optionsGroup('Record:')
    .option('--name <name>', 'what to call the run (else "run N")')
    .option('--note <text>', 'kept with the run', '')
    .optionsGroup('Options:');
}

/** A linear probe is fitted in one go. */
const rated = METHOD_NAMES.filter((name) => name !== 'linear');

function addMethodAndRecipe(command: Command, several: boolean): void {
  command
    .optionsGroup('Method:')
    .addOption(choice('--method <name>', 'what to train', several ? rated : METHOD_NAMES).default('dtl+'))
    .addOption(
      choice('--kernel <k>', 'side of the depthwise kernel of dtl+ (default 5)', ['3', '4', '5']).argParser(kernelSize),
    )
    .option('--rank <r>', 'rank of the side network (default 2, 4 on a network of stages)', wholeNumber(1))
    .option('--beta <b>', 'slope of its gate (default 100)', number())
    .option(
      '--extract <blocks>',
      'blocks it takes from, such as 0-11, or all (default all, of a network of stages its last two stages)',
      blocks,
    )
    .option(
      '--adapt <blocks>',
      'blocks it adds to, such as 6-11, or all for every block (default the second half of those)',
      blocks,
    )
    .optionsGroup('Recipe:')
    .addOption(choice('--recipe <name>', 'where the numbers below come from', ['default', 'paper']).default('default'))
    .addOption(
      choice('--start <how>', 'start of the head: the linear probe, or drawn as in the paper', ['probe', 'paper']),
    )
    .option('--epochs <n>', 'passes over the training photos', wholeNumber(1))
    .option('--batch-size <n>', 'photos an update', wholeNumber(1));
  if (!several) command.option('--lr <rate>', 'peak learning rate', number({ above: 0 }));
  command
    .option('--head-lr-scale <factor>', "the head's learning rate as a multiple of it", number({ min: 0 }))
    .option('--warmup-epochs <n>', 'epochs of linear warm-up', wholeNumber(0))
    .option('--warmup-from <rate>', 'where it starts', number({ min: 0 }))
    .option('--cosine-epochs <n>', 'epoch at which the cosine reaches the floor', wholeNumber(1))
    .option('--lr-floor <rate>', 'lowest learning rate', number({ min: 0 }))
    .option('--weight-decay <d>', 'AdamW weight decay, none on biases', number({ min: 0 }))
    .option('--drop-path <rate>', 'stochastic depth of the last block', number({ min: 0, below: 1 }))
    .option('--label-smoothing <s>', 'share of the target spread over all classes', number({ min: 0, below: 1 }))
    .addOption(choice('--class-weights <how>', 'weights in the loss', ['none', 'balanced']))
    .addOption(choice('--augmentation <how>', 'random changes of training photos', ['none', 'flip', 'flip-shift']))
    .option('--drop-last', 'leave an incomplete last batch out')
    .option('--no-drop-last', 'train on it')
    .addOption(
      choice('--keep <which>', 'weights of the last epoch, or of the one best on validation', ['last', 'best']),
    );
  if (!several) command.option('--seed <n>', 'everything random follows from it', wholeNumber(0), 0);
}

/** `900M`, `2G`, `1.5G`: binary multiples, as memory is counted. */
function byteSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([MG])$/i.exec(text.trim());
  if (match === null) throw new InvalidArgumentError('Write a size such as 900M or 2G.');
  return Math.round(Number(match[1]) * 2 ** (match[2]?.toUpperCase() === 'G' ? 30 : 20));
}

/** Commander checks choices only with its own parser. */
function kernelSize(text: string): number {
  return number({ min: 3, below: 6 })(text);
}

/** Only what was given: everything else is decided by the rules. */
export function trainRequest(options: TrainOptions): TrainRequest {
  return {
    split: options.split ?? null,
    backbone: options.backbone ?? null,
    method: options.method,
    methodSettings: given({
      kernel: options.kernel,
      rank: options.rank,
      beta: options.beta,
      extract: options.extract,
      adapt: options.adapt,
    }),
    recipe: options.recipe,
    recipeChanges: given({
      start: options.start,
      epochs: options.epochs,
      batchSize: options.batchSize,
      learningRate: options.lr,
      headLearningRateScale: options.headLrScale,
      warmupEpochs: options.warmupEpochs,
      warmupFrom: options.warmupFrom,
      cosineEpochs: options.cosineEpochs,
      learningRateFloor: options.lrFloor,
      weightDecay: options.weightDecay,
      dropPath: options.dropPath,
      labelSmoothing: options.labelSmoothing,
      classWeights: options.classWeights,
      augmentation: options.augmentation,
      dropLastBatch: options.dropLast,
      keep: options.keep,
    }),
    plan: given({
      threads: options.threads,
      microBatch: options.microBatch,
      cache: options.cache,
      weights: options.weights,
      memoryBytes: options.memory,
    }),
    device: options.device ?? null,
    seed: options.seed,
    fit: options.fit,
    sixteenBit: options.sixteenBit,
    name: options.name ?? null,
    note: options.note,
  };
}
