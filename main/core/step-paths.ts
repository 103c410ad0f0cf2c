/** What has to be true of the two files of a step before an engine is started for them. */
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, basename } from 'node:path';
import { AppError } from '#app/domain/errors.ts';

/** Throws `step.input` and `step.output`, naming the path; nothing is written. */
export async function checkStepPaths(input: string, output: string): Promise<void> {
  const given = await kindOf(input);
  if (given !== 'file') {
    const why = given === 'folder' ? 'is a folder' : 'is not there or may not be read';
    throw new AppError('step.input', `"${input}" ${why}. Name a safetensors file as docs/step-files.md describes it.`, {
      data: { path: input },
    });
  }
  const fail = (why: string): AppError =>
    new AppError('step.output', `The answers cannot be written to "${output}": ${why}. Choose another --out.`, {
      data: { path: output },
    });
  if ((await kindOf(output)) === 'folder') throw fail('it is a folder');
  if ((await kindOf(dirname(output))) !== 'folder') throw fail(`there is no folder "${dirname(output)}"`);
  if ((await resolved(input)) === (await resolved(output))) throw fail('it is the input itself, which would be lost');
}

async function kindOf(path: string): Promise<'file' | 'folder' | null> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return null;
  }
}

/** With links followed as far as they lead; a file that is yet to be made lies in its resolved folder. */
async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return join(await realpath(dirname(path)), basename(path));
  }
}
