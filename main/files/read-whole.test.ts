import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readPack, readTrained } from './packs/pack-files.ts';
import { readWhole } from './read-whole.ts';
import { readLabelTable } from './tables/label-table.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'dtl-whole-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

it.skipIf(process.platform === 'win32')(
  'refuses pipes, without waiting for whoever may write, and devices, which have no end',
  async () => {
    const pipe = join(folder(), 'pipe.csv');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero', '/dev/null']) {
      for (const read of [readPack, readTrained, readLabelTable]) {
        const error: unknown = await read(path).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ kind: 'expected', code: 'files.not-a-file', data: { path } });
        expect(String(error)).toContain(`"${path}" could not be read: it is a pipe or a device`);
      }
    }
  },
);

it('reads every byte, and refuses what has more or fewer than it said', async () => {
  const path = join(folder(), 'a');
  const bytes = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => i * 7));
  writeFileSync(path, bytes);
  const sizes: number[] = [];
  expect((await readWhole(path, (size) => sizes.push(size))).equals(bytes)).toBe(true);
  expect(sizes).toEqual([300_000]);
  for (const change of [() => appendFileSync(path, 'x'), () => writeFileSync(path, 'x')]) {
    await expect(readWhole(path, change)).rejects.toMatchObject({ code: 'files.changing', data: { path } });
  }
  writeFileSync(path, '');
  expect(await readWhole(path, () => undefined)).toHaveLength(0);
});
