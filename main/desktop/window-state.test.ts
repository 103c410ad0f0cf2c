import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WindowStateFile, placeWindow } from './window-state.ts';

const primary = { x: 0, y: 0, width: 1920, height: 1040 };
const second = { x: 1920, y: -200, width: 2560, height: 1400 };

describe('a window', () => {
  it.each([
    [
      'on the screen it was on',
      { x: 2000, y: 0, width: 1200, height: 800 },
      { x: 2000, y: 0, width: 1200, height: 800 },
    ],
    [
      'partly outside, but within reach',
      { x: -500, y: 30, width: 1200, height: 800 },
      { x: -500, y: 30, width: 1200, height: 800 },
    ],
    [
      'larger than its screen',
      { x: 100, y: 0, width: 5000, height: 4000 },
      { x: 100, y: 0, width: 1920, height: 1040 },
    ],
    [
      'smaller than it can be used',
      { x: 100, y: 0, width: 10, height: 10 },
      { x: 480, y: 200, width: 960, height: 640 },
    ],
    [
      'on a screen that is gone',
      { x: 9000, y: 0, width: 1200, height: 800 },
      { x: 360, y: 120, width: 1200, height: 800 },
    ],
    ['below the screen', { x: 0, y: 1030, width: 1200, height: 800 }, { x: 360, y: 120, width: 1200, height: 800 }],
    [
      'with its title bar above it',
      { x: 0, y: -50, width: 1200, height: 800 },
      { x: 360, y: 120, width: 1200, height: 800 },
    ],
    ['never opened', null, { x: 240, y: 70, width: 1440, height: 900 }],
  ])('%s comes back where it can be used', (_what, kept, expected) => {
    expect(placeWindow(kept, [primary, second])).toEqual(expected);
  });

  it('fits a small screen, and opens with no screen at all', () => {
    expect(placeWindow(null, [{ x: 0, y: 0, width: 800, height: 600 }])).toEqual({
      x: 0,
      y: 0,
      width: 800,
      height: 600,
    });
    expect(placeWindow(null, [])).toEqual({ x: 0, y: 0, width: 1440, height: 900 });
  });
});

describe('the file of the window', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dtl-window-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('keeps what was said last, in a folder that it makes', async () => {
    const path = join(folder, 'deep', 'window.json');
    const file = new WindowStateFile(path);
    const bounds = { x: 1, y: 2, width: 1000, height: 700 };
    file.keep({ bounds });
    file.keep({ maximised: true });
    file.keep({ theme: 'dark' });
    await file.kept();
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ bounds, maximised: true, theme: 'dark' });
    expect(new WindowStateFile(path).state).toEqual({ bounds, maximised: true, theme: 'dark' });
  });

  it.each(['', '{', '[]', '{"bounds":{"x":0,"y":0,"width":-5,"height":1},"maximised":false,"theme":"dark"}'])(
    'that is damaged (%s) is as good as none',
    async (text) => {
      const path = join(folder, 'damaged.json');
      await writeFile(path, text);
      expect(new WindowStateFile(path).state).toEqual({ bounds: null, maximised: false, theme: 'system' });
    },
  );

  it('that cannot be written does not stop the program', async () => {
    await writeFile(join(folder, 'in-the-way'), '');
    const file = new WindowStateFile(join(folder, 'in-the-way', 'window.json'));
    file.keep({ maximised: true });
    await expect(file.kept()).resolves.toBeUndefined();
  });
});
