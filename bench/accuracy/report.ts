/** Writes docs/results.md from the rows that `run.ts` measured. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { AccuracyRow } from './rows.ts';
import { rowsPath } from './rows.ts';

/** Sets whose photos the embedded backbone has seen, without labels, while it was trained. */
const TRANSDUCTIVE = new Set(['trashnet', 'sign-digits']);
const SETS = ['caltech20', 'brain-mri', 'trashnet', 'sign-digits'];

const target = fileURLToPath(new URL('../../docs/results.md', import.meta.url));
const rows = JSON.parse(readFileSync(rowsPath, 'utf8')) as AccuracyRow[];

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Sample standard deviation. */
const deviation = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));
const fixed = (value: number): string => value.toFixed(3);
const spread = (values: readonly number[]): string => `${fixed(mean(values))} ± ${fixed(deviation(values))}`;

interface Summary {
  readonly line: string;
  readonly verdict: string;
}

function summarise(set: string): Summary {
  const of = rows.filter((row) => row.set === set);
  const dtl = of.map((row) => row.dtl.test.accuracy);
  const probe = of.map((row) => row.probe.test.accuracy);
  const gains = dtl.map((value, at) => value - (probe[at] ?? NaN));
  const gain = mean(gains);
  const error = deviation(gains) / Math.sqrt(gains.length);
  const verdict = gain > 2 * error ? 'wins' : gain < -error ? 'loses' : 'neither';
  const name = TRANSDUCTIVE.has(set) ? `${set} (transductive)` : set;
  const macro = of.map((row) => row.dtl.test.macroF1);
  const line = `| ${name} | ${spread(dtl)} | ${spread(probe)} | ${gain >= 0 ? '+' : ''}${fixed(gain)} ± ${fixed(error)} | ${spread(macro)} | ${verdict} |`;
  return { line, verdict };
}

const measured = SETS.filter((set) => rows.some((row) => row.set === set));
const summaries = measured.map(summarise);
const first = rows[0];
if (first === undefined) throw new Error('There are no rows yet: run bench/accuracy/run.ts first.');
const { recipe, method } = first;
const details = SETS.flatMap((set) => rows.filter((row) => row.set === set)).map(
  ({ set, splitSeed, photos, dtl, probe, seconds }) =>
    `| ${set} | ${splitSeed} | ${photos.train} / ${photos.validation} / ${photos.test} | ${fixed(dtl.validation.accuracy)} | ${fixed(probe.validation.accuracy)} | ${fixed(dtl.test.accuracy)} | ${fixed(probe.test.accuracy)} | ${probe.weightDecay} | ${seconds} |`,
);
const text = `# Results

Test accuracy of DTL+ with the default recipe on the embedded backbone, beside a linear probe on the same frozen features
(pooled patch tokens, final norm). This page is written by a program from measured rows:

\`\`\`
DTL_DATA_DIR=FOLDER node bench/accuracy/run.ts     # FOLDER holds the four class-per-folder sets
node bench/accuracy/report.ts
\`\`\`

| set | DTL+ | linear probe | difference ± its standard error | DTL+ macro-F1 | verdict |
| --- | --- | --- | --- | --- | --- |
${summaries.map(({ line }) => line).join('\n')}

Mean ± standard deviation over split seeds ${[...new Set(rows.map((row) => row.splitSeed))].join(', ')}; the difference is paired within a split, its standard
error is over the splits. "Wins": the mean difference is above twice its standard error; "loses": it is below minus one.
"Transductive": photos of this set were seen without labels when the backbone was trained, so its figures flatter both columns.

## How it was measured

- Splits 60/20/20, stratified by class, near-identical photos (same pixels, or perceptual hash within 4 of 64 bits) on one side.
- Backbone \`${first.backbone}\`, frozen. DTL+ with rank ${method.name === 'linear' ? '-' : method.rank}, kernel ${method.name === 'linear' ? '-' : method.kernel}, every block extracted, blocks 6-11 adapted.
- One recipe for all sets, chosen on validation photos: ${recipe.epochs} epochs, the last epoch's weights, batch ${recipe.batchSize}, learning rate
  ${recipe.learningRate} (warm-up over ${recipe.warmupEpochs} epochs, cosine to ${recipe.learningRateFloor}), weight decay ${recipe.weightDecay}, label smoothing ${recipe.labelSmoothing}, no augmentation, no drop path.
  The head starts from the most strongly decayed probe within one standard error of the best one on validation.
- The probe is multinomial logistic regression on standardised features, solved to its optimum by L-BFGS, so it has no
  learning rate; its decay is chosen on validation from nine values between 0.0001 and 1, afresh for each split.
- Training seed ${first.trainingSeed}; test photos are predicted once, by the final weights. One training seed only: what another one would change is
  not in the spread.
- The recipe was found in trials on other splits of the same sets, judged on their validation photos. Test figures of those
  trials were printed beside and seen, so the choice is not blind to these sets; a set of your own is the fair test.
- ${first.runtime}; ${first.machine}; two runs side by side with one thread each.

## Every row

| set | split seed | train / validation / test photos | DTL+ validation | probe validation | DTL+ test | probe test | probe decay | seconds |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
${details.join('\n')}
`;
writeFileSync(target, await format(text, { ...(await resolveConfig(target)), parser: 'markdown' }));
console.log(summaries.map(({ line }) => line).join('\n'));
