/**
 * Keys as they are written in commands and settings:
 *   "Mod+K"            Ctrl, on a Mac Command
 *   "Mod+Shift+Z"      Shift is written only with letters and named keys; "?" already says it
 *   "ArrowLeft" "Escape" "Space" "Enter" "Backspace" "F" "1" "/" "+"
 *   "G L"              one after the other
 */

export interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const modifierKeys = new Set([
  'Control',
  'Shift',
  'Alt',
  'Meta',
  'AltGraph',
  'CapsLock',
  'Dead',
  'Process',
  'Unidentified',
]);

export const onMac = typeof navigator !== 'undefined' && /mac/i.test(navigator.userAgent);

/** What was pressed, as it is written; null for a modifier alone. */
export function written(event: PressedKey, mac = onMac): string | null {
  if (modifierKeys.has(event.key)) return null;
  const single = isCharacter(event.key);
  const letter = single && event.key.toLowerCase() !== event.key.toUpperCase();
  const name = event.key === ' ' ? 'Space' : letter ? event.key.toUpperCase() : event.key;
  const mod = mac ? event.metaKey : event.ctrlKey;
  const other = mac ? event.ctrlKey : event.metaKey;
  return [
    ...(mod ? ['Mod'] : []),
    ...(other ? [mac ? 'Ctrl' : 'Meta'] : []),
    // Alt Gr writes characters on many keyboards and is reported as Ctrl Alt there.
    ...(event.altKey ? ['Alt'] : []),
    ...(event.shiftKey && (letter || !single || event.key === ' ') ? ['Shift'] : []),
    name,
  ].join('+');
}

function isCharacter(key: string): boolean {
  return key.length <= 2 && Array.from(key).length === 1;
}

const shown: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Delete: 'Del',
  Backspace: '⌫',
  Enter: '↵',
};

/** For the person: `["Ctrl", "Shift", "Z"]`; keys that follow each other are parted by `then`. */
export function keyCaps(key: string, mac = onMac): readonly string[] {
  return key.split(' ').flatMap((stroke, at) => [...(at === 0 ? [] : ['then']), ...strokeCaps(stroke, mac)]);
}

function strokeCaps(stroke: string, mac: boolean): readonly string[] {
  // "+" is a key as well as what parts them.
  const parts =
    stroke === '+' ? ['+'] : stroke.endsWith('++') ? [...stroke.slice(0, -2).split('+'), '+'] : stroke.split('+');
  return parts.map((part) => (part === 'Mod' ? (mac ? '⌘' : 'Ctrl') : (shown[part] ?? part)));
}
