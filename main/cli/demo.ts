/**
 * `npm run demo`: the whole way from a folder of photos to predictions in a process that knows nothing but the pack.
 * Works in a temporary profile that is removed afterwards, so it touches nobody's data.
 */
import { Command, Option } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { METHOD_NAMES } from '#app/domain/run-config.ts';
import type { Core } from '../core/open-core.ts';
import { openCore } from '../core/open-core.ts';
import { renderSamplePhotos } from '../core/samples.ts';
import { onCall, noArguments, wholeNumber } from './command.ts';
import { predictElsewhere, samePredictions } from './demo-reload.ts';
import { bytes, count, duration, percent, table } from './format.ts';
import { parseAndRun } from './parse.ts';
import { epochText } from './run-text.ts';
import type { Reply, Running } from './session.ts';
import { Session } from './session.ts';

const demoOptions = z.object({
  photos: z.string().optional(),
  seed: z.number(),
  method: z.enum(METHOD_NAMES),
  json: z.boolean().optional(),
});
type DemoOptions = z.infer<typeof demoOptions>;

/** Few enough for three minutes on two cores that have nothing else to do. */
const SAMPLE = { perClass: 40, size: 128 };
/** Test photos that are classified again in the fresh process. */
const RELOADED = 200;

const session = new Session();
const program = new Command('npm run demo --')
  .description(
    'Renders sample photos (or takes yours), labels and splits them, trains a side network on the frozen backbone, compares it with a ' +
      'linear probe, exports the adapter pack and checks it in a fresh process.',
  )
  .option('--photos <dir>', 'your own photos, one folder a class (else sample photos are rendered)')
  .option('--seed <n>', 'of the sample photos, the split and the training', wholeNumber(0), 0)
  .addOption(new Option('--method <name>', 'what to train').choices(METHOD_NAMES).default('dtl+'))
  .option('--json', 'end with one line of JSON on stdout; everything else goes to stderr')
  .exitOverride();
onCall(program, noArguments, demoOptions, (_args, options) =>
  session.run({ json: options.json }, async (running) => {
    const folder = await mkdtemp(join(tmpdir(), 'dtl-demo-'));
    try {
      return await demo(folder, options, running);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }),
);
await parseAndRun(program);

async function demo(folder: string, options: DemoOptions, running: Running): Promise<Reply> {
  const startedAt = performance.now();
  const core = await openCore({ home: join(folder, 'profile'), what: 'demo', access: 'write' });
  try {
    const facts = await walkThrough(core, folder, options, running);
    const seconds = (performance.now() - startedAt) / 1000;
    const { test, probe, packBytes, identicalAfterReload } = facts;
    running.say(
      `The demo took ${duration(seconds)}. Its photos, profile and pack were temporary and are removed again.`,
    );
    return {
      json: {
        testAccuracy: test.accuracy,
        probeAccuracy: probe.accuracy,
        macroF1: test.macroF1,
        seconds: Math.round(seconds * 10) / 10,
        packBytes,
        identicalAfterReload,
      },
      text: '',
      done: identicalAfterReload,
    };
  } finally {
    core.close();
  }
}

interface Facts {
  readonly test: { readonly accuracy: number; readonly macroF1: number };
  readonly probe: { readonly accuracy: number; readonly macroF1: number };
  readonly packBytes: number;
  readonly identicalAfterReload: boolean;
}

async function walkThrough(core: Core, folder: string, options: DemoOptions, running: Running): Promise<Facts> {
  const { say, signal } = running;
  const { seed, method } = options;
  const photos =
    options.photos === undefined ? await sample(join(folder, 'photos'), seed, running) : session.path(options.photos);

  say(`\n2. Importing "${photos}" where it is (nothing is copied) and taking folder names as labels`);
  const project = core.projects.create('demo');
  const found = await core.library.import(project, photos, running);
  const labels = core.labels.fromFolders(project, { folder: null, overwrite: false });
  const unusable = found.undecodable.length + found.unreadable.length;
  say(
    `   ${count(found.added, 'photo')}, ${count(labels.newClasses.length, 'class', 'classes')}: ${labels.newClasses.join(', ')}` +
      (unusable > 0 ? `; ${unusable} cannot be read and are left out` : ''),
  );

  say('\n3. Splitting: most photos to learn from, some to choose settings on, some to test on once');
  const { split, nearIdentical, warnings } = core.splits.draw(project, { seed });
  const { train, validation, test: testCount } = split.counts;
  say(`   ${train} train, ${validation} validation, ${testCount} test`);
  if (nearIdentical > 0) say(`   ${nearIdentical} near-identical photos are kept on one side`);
  for (const warning of warnings) say(`   ${warning}`);

  const what = method === 'linear' ? 'a linear probe' : `a ${method.toUpperCase()} side network`;
  say(`\n4. Training ${what} beside a frozen backbone; it starts where a linear probe on frozen features ends`);
  const { run } = await core.runs.prepare(project, requestOf(options), running);
  const { run: finished } = await core.runs.execute(run, {
    signal,
    onProgress: running.onProgress,
    onEvent: (event) => {
      // A line every fifth epoch tells enough.
      if (event.type === 'epoch' && (event.epoch % 5 === 0 || event.epoch === event.epochs))
        say(`   ${epochText(event)}`);
    },
  });
  signal.throwIfAborted();
  const result = finished.result;
  const [test, probe] = [result?.evaluations.test ?? null, result?.probe?.test ?? null];
  if (result === null || test === null || probe === null) throw new Error('The run has no figures on its test photos.');
  say(`\n5. On the ${count(testCount, 'test photo')} that played no part so far`);
  const rows = [
    [method === 'linear' ? 'linear (this run)' : method, percent(test.accuracy), test.macroF1.toFixed(3)],
    ['linear probe', percent(probe.accuracy), probe.macroF1.toFixed(3)],
  ];
  say(indent(table(['', 'accuracy', 'macro-F1'], rows, ['left', 'right', 'right'])));

  const packPath = join(folder, 'demo.safetensors');
  const { pack, sideParameters } = await core.packs.export(finished, packPath);
  say(
    `\n6. The adapter pack: ${bytes(pack.bytes)} with ${count(sideParameters, 'side parameter')} and ` +
      `${result.headParameters.toLocaleString('en-US')} in the head`,
  );
  const known = core.runs.predictions(finished, 'test').slice(0, RELOADED);
  const elsewhere = await predictElsewhere(
    packPath,
    join(folder, 'elsewhere'),
    known.map(({ path }) => path),
    signal,
  );
  const identicalAfterReload = samePredictions(known, elsewhere);
  say(
    identicalAfterReload
      ? `   A fresh process with nothing but the pack gives the same predictions for ${count(known.length, 'test photo')}.`
      : '   A fresh process with the pack gives OTHER predictions. That is a fault of the program; please report it.',
  );
  return { test, probe, packBytes: pack.bytes, identicalAfterReload };
}

async function sample(folder: string, seed: number, { say, signal, onProgress }: Running): Promise<string> {
  say('1. Rendering sample photos: small machine parts on a workbench, with noise, shadows and clutter');
  const started = performance.now();
  const report = (done: number, total: number): void => onProgress({ phase: 'rendering', done, total });
  const classes = await renderSamplePhotos(folder, { ...SAMPLE, seed, signal, onProgress: report });
  say(
    `   ${classes.length} classes with ${SAMPLE.perClass} photos each, ${duration((performance.now() - started) / 1000)}`,
  );
  return folder;
}

function requestOf({ method, seed }: DemoOptions): Parameters<Core['runs']['prepare']>[1] {
  return {
    split: null,
    backbone: null,
    method,
    methodSettings: {},
    recipe: 'default',
    recipeChanges: {},
    device: null,
    // The run's word on the test photos is compared with the pack's, to the rounding of full precision.
    plan: { cache: 'float32' },
    seed,
    fit: 'squash',
    sixteenBit: 'full-range',
    name: null,
    note: '',
  };
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '   ');
}
