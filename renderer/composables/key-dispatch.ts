/** From pressed keys to commands: sequences, the last registered first, and nothing while the person types. */
import type { Command } from './commands.ts';
import { isEnabled, keysOf } from './commands.ts';

const SEQUENCE_MS = 1500;

export interface Dispatcher {
  /** The command that this key runs now; null: none. */
  readonly press: (key: string, circumstances: { readonly typing: boolean; readonly at: number }) => Command | null;
}

export function createDispatcher(source: {
  commands(): readonly Command[];
  changed(): Readonly<Record<string, string>>;
}): Dispatcher {
  let before: { readonly key: string; readonly at: number } | null = null;

  return {
    press(key, { typing, at }) {
      const usable = source
        .commands()
        .filter((command) => (!typing || command.whileTyping === true) && isEnabled(command))
        .reverse();
      const has = (command: Command, wanted: string): boolean => keysOf(command, source.changed()).includes(wanted);
      const first = before !== null && at - before.at <= SEQUENCE_MS ? before.key : null;
      before = null;
      if (first !== null) {
        const found = usable.find((command) => has(command, `${first} ${key}`));
        if (found !== undefined) return found;
      }
      const found = usable.find((command) => has(command, key));
      if (found !== undefined) return found;
      const begins = usable.some((command) =>
        keysOf(command, source.changed()).some((one) => one.startsWith(`${key} `)),
      );
      if (begins) before = { key, at };
      return null;
    },
  };
}
