/** Keys of classes: which a person may choose, and how one is written in a command. */

/** They mean something wherever photos are looked at, so a class that had one could not be set there. */
const reserved: Readonly<Record<string, string>> = {
  f: 'F flags a photo.',
  g: 'G goes to another screen.',
  i: 'I shows the inspector.',
  u: 'U takes a label away.',
  x: 'X excludes a photo.',
  z: 'Z zooms.',
  '/': '/ searches.',
  '?': '? shows the keys.',
  '+': '+ makes a class.',
  '-': '- zooms out.',
};

export type KeyWish =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly why: string };

/** What pressing a key in the field for one means; null for keys that have their usual meaning there (Tab, arrows). */
export function keyWish(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>): KeyWish | null {
  if (event.key === 'Backspace' || event.key === 'Delete') return { kind: 'none' };
  if (event.ctrlKey || event.metaKey || event.altKey || event.key === ' ') return null;
  const key = event.key.toLowerCase();
  // What the store keeps is one UTF-16 unit.
  if (event.key.length !== 1 || key.length !== 1) return null;
  const why = reserved[key];
  return why === undefined ? { kind: 'key', key } : { kind: 'refused', why: `${why} Choose another key.` };
}

/** As commands write it: letters are large there. */
export const commandKey = (key: string): string => key.toUpperCase();
