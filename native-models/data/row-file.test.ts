import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RowFile } from './row-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dtl-rows-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('rows in a file', () => {
  it('are read back by position, a part of a row too', () => {
    const rows = new RowFile(join(folder, 'rows'), 4);
    rows.write(2, 0, Uint8Array.of(1, 2, 3, 4));
    rows.write(0, 1, Uint8Array.of(9));
    const part = new Uint8Array(2);
    rows.read(2, 1, part);
    expect([...part]).toEqual([2, 3]);
    expect(() => rows.read(3, 0, part)).toThrow(/was cut short/);
    rows.dispose();
    expect(() => rows.read(2, 0, part)).toThrow(/is closed/);
  });

  it.skipIf(process.platform === 'win32')('have no name, so that a process that is killed leaves no file', async () => {
    const path = join(folder, 'rows');
    const rows = new RowFile(path, 4);
    rows.write(0, 0, Uint8Array.of(1, 2, 3, 4));
    expect(existsSync(path)).toBe(false);
    const others = new RowFile(path, 4);
    others.write(0, 0, Uint8Array.of(5, 6, 7, 8));
    const row = new Uint8Array(4);
    rows.read(0, 0, row);
    expect([...row]).toEqual([1, 2, 3, 4]);
    rows.dispose();
    others.dispose();
    expect(await readdir(folder)).toEqual([]);
  });
});
