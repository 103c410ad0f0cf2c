/** Everything that can be wrong with a pack's content, found before the first word of complaint. */
import { AppError } from '#app/domain/errors.ts';
import type { PackTensor } from '#app/domain/pack-content.ts';
import { packTensors } from '#app/domain/pack-content.ts';
import { methodProblems, unreachedTensors } from '#app/domain/side-parameters.ts';
import type { z } from 'zod';
import { problemData, problemList, tensorPosition } from '../problems.ts';
import { packMetadata } from './schema.ts';

export type PackMetadata = z.infer<typeof packMetadata>;

/** Sentences; none when a reader may rely on `metadata` being PackMetadata and on the tensors being those it needs. */
export function contentProblems(metadata: unknown, tensors: ReadonlyMap<string, PackTensor>): readonly string[] {
  const checked = packMetadata.safeParse(metadata);
  if (!checked.success) {
    return checked.error.issues.map(({ path, message }) => {
      const [key, ...rest] = path.map(String);
      const place = key === undefined ? '' : `"${key}"${rest.length > 0 ? ` at ${rest.join('.')}` : ''}: `;
      return `${place}${message}`.slice(0, 300) + '.';
    });
  }
  return [...settingProblems(checked.data), ...tensorProblems(checked.data, tensors)];
}

function settingProblems({ method, backbone, preprocessing, class_names, self_test }: PackMetadata): string[] {
  const problems = methodProblems(method, backbone.spec).map((problem) => `"method": ${problem}.`);
  if (preprocessing.imageSize !== backbone.spec.imageSize) {
    const [own, needed] = [preprocessing.imageSize, backbone.spec.imageSize];
    problems.push(`"preprocessing": photos of ${own} px do not fit a backbone of ${needed} px.`);
  }
  const lengths = new Set(self_test.logits.map((row) => row.length));
  for (const length of lengths) {
    if (length === class_names.length) continue;
    problems.push(`"self_test": ${length} logits an image, but ${class_names.length} class names.`);
  }
  return problems;
}

function tensorProblems(metadata: PackMetadata, tensors: ReadonlyMap<string, PackTensor>): string[] {
  const { method, backbone, class_names: classNames } = metadata;
  const needed = packTensors({ method, backbone, classNames });
  const allowed = unreachedTensors(method, backbone.spec);
  const problems: string[] = [];
  for (const name of needed.keys()) if (!tensors.has(name)) problems.push(`The tensor "${name}" is missing.`);
  for (const [name, { shape, values }] of tensors) {
    const wanted = needed.get(name) ?? allowed.get(name);
    if (wanted === undefined) problems.push(`There is a tensor "${name.slice(0, 200)}" too many.`);
    else if (shape.join() !== wanted.join()) {
      const why = name.startsWith('head.') ? ` for ${classNames.length} classes` : '';
      problems.push(
        `The tensor "${name}" has the shape [${shape.join(', ')}], needed is [${wanted.join(', ')}]${why}.`,
      );
    } else {
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) problems.push(`The tensor "${name}" is ${String(values[bad])} at ${tensorPosition(bad, shape)}.`);
    }
  }
  return problems;
}

export function invalidPack(what: string, problems: readonly string[], kept: string): AppError {
  return new AppError('pack.invalid', `${what} is not a pack that can be used. ${kept}${problemList(problems)}`, {
    data: { problems: problemData(problems) },
  });
}
