/** Where the window was, kept in a small file beside what Chromium keeps. A damaged or outdated one is as good as none. */
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Rectangle } from 'electron';
import { z } from 'zod';
import { settingsSchema } from '#app/contract/settings.ts';

const rectangle = z.object({ x: z.int(), y: z.int(), width: z.int().positive(), height: z.int().positive() });

const stateSchema = z.object({
  /** As it is when not maximised. */
  bounds: rectangle.nullable(),
  maximised: z.boolean(),
  /** The one last used, so that the first frame has the right ground. */
  theme: settingsSchema.shape.theme,
});

export type WindowState = z.infer<typeof stateSchema>;

const fresh: WindowState = { bounds: null, maximised: false, theme: 'system' };

export const MINIMUM = { width: 960, height: 640 } as const;
const USUAL = { width: 1440, height: 900 } as const;
/** So much of the title bar has to be on a screen for a person to get hold of it. */
const GRIP = { width: 160, height: 32 } as const;

export class WindowStateFile {
  readonly #path: string;
  #state: WindowState;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
    this.#state = read(path);
  }

  get state(): WindowState {
    return this.#state;
  }

  /** Kept in the order of the calls. */
  keep(change: Partial<WindowState>): void {
    this.#state = { ...this.#state, ...change };
    const text = JSON.stringify(this.#state);
    this.#writing = this.#writing.then(() => this.#write(text));
  }

  /** Resolves when all of it is on the disk. */
  kept(): Promise<void> {
    return this.#writing;
  }

  async #write(text: string): Promise<void> {
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(`${this.#path}.new`, text);
      await rename(`${this.#path}.new`, this.#path);
    } catch {
      // A window in its usual place is no harm.
    }
  }
}

/** Once, before there is a window that could wait for it. */
function read(path: string): WindowState {
  try {
    return stateSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return fresh;
  }
}

/** `displays`: work areas, the primary one first. A window that no screen shows any more comes back to the first one. */
export function placeWindow(kept: Rectangle | null, displays: readonly Rectangle[]): Rectangle {
  const [primary] = displays;
  const home = kept === null ? undefined : displays.find((display) => canBeHeld(kept, display));
  if (kept !== null && home !== undefined) return { ...kept, ...sizeWithin(kept, home) };
  if (primary === undefined) return { x: 0, y: 0, ...USUAL };
  const size = sizeWithin(kept ?? USUAL, primary);
  return {
    x: primary.x + Math.round((primary.width - size.width) / 2),
    y: primary.y + Math.round((primary.height - size.height) / 2),
    ...size,
  };
}

function sizeWithin(wanted: { width: number; height: number }, display: Rectangle): { width: number; height: number } {
  return {
    width: Math.min(Math.max(wanted.width, MINIMUM.width), display.width),
    height: Math.min(Math.max(wanted.height, MINIMUM.height), display.height),
  };
}

function canBeHeld(window: Rectangle, display: Rectangle): boolean {
  const across = Math.min(window.x + window.width, display.x + display.width) - Math.max(window.x, display.x);
  const down = display.y + display.height - window.y;
  return across >= GRIP.width && down >= GRIP.height && window.y >= display.y;
}
