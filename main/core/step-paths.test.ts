import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkStepPaths } from './step-paths.ts';

let folder: string;
let input: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-step-paths-'));
  input = join(folder, 'in.safetensors');
  await writeFile(input, 'tensors');
  await symlink(input, join(folder, 'link.safetensors'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the files of a step', () => {
  it('are accepted where the answers are a new or another file', async () => {
    await expect(checkStepPaths(input, join(folder, 'out.safetensors'))).resolves.toBeUndefined();
  });

  it('are refused where the answers would replace the input, also through a link', async () => {
    const same = { code: 'step.output', message: expect.stringContaining('the input itself') as string };
    await expect(checkStepPaths(input, input)).rejects.toMatchObject(same);
    await expect(checkStepPaths(input, join(folder, 'link.safetensors'))).rejects.toMatchObject(same);
    await expect(checkStepPaths(input, join(folder, '.', 'in.safetensors'))).rejects.toMatchObject(same);
  });

  it('are refused in words where one is a folder or is not there', async () => {
    await expect(checkStepPaths(join(folder, 'no'), input)).rejects.toThrow(/is not there/);
    await expect(checkStepPaths(folder, input)).rejects.toThrow(/is a folder/);
    await expect(checkStepPaths(input, folder)).rejects.toThrow(/it is a folder/);
    await expect(checkStepPaths(input, join(folder, 'no', 'out'))).rejects.toThrow(/there is no folder/);
  });
});
