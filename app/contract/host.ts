/**
 * What the desktop window gives its page beside the core: verbs on `window.dtl`. In a browser that object is missing and
 * the core's own procedures stand in (`files.browse`, the upload route).
 *
 * The way to the core is a MessagePort, which cannot be returned through the bridge. It arrives as a `message` event of
 * the page's own window with `event.source === window`, `event.data === PORT_MESSAGE` and the port in `event.ports[0]`:
 * once after `connect()`, and again, unasked, whenever the core was started anew. The port is not started yet.
 */

export const PORT_MESSAGE = 'dtl:core-port';

/** What the menu can ask of the page. Undo and redo come here too: the page knows whether a text field is meant. */
export const menuCommands = [
  'open-folder',
  'open-archive',
  'archive-project',
  'import-pack',
  'import-backbone',
  'settings',
  'undo',
  'redo',
  'palette',
  'inspector',
  'go-library',
  'go-label',
  'go-train',
  'go-runs',
  'go-packs',
  'shortcuts',
  'about',
] as const;

export type MenuCommand = (typeof menuCommands)[number];

export type PickedKind = 'backbone' | 'pack' | 'archive';

/** How the core fares. `restarting`: everything stored is kept and a new port follows. `stopped`: nothing follows. */
export interface CoreState {
  readonly state: 'ready' | 'restarting' | 'stopped';
  /** For the person; empty while it is ready. */
  readonly message: string;
}

export interface DesktopHost {
  readonly host: 'desktop';
  /** Absolute path; null when the person changed their mind. */
  pickFolder(): Promise<string | null>;
  pickFile(kind: PickedKind): Promise<string | null>;
  /** Where a dropped `File` lies, null when it is not on a disk. */
  pathOf(file: object): string | null;
  /** Pages have no permission at all, not even for `navigator.clipboard`. */
  copyText(text: string): Promise<void>;
  /** Both give the function that ends listening. */
  onCommand(listener: (command: MenuCommand) => void): () => void;
  onCore(listener: (state: CoreState) => void): () => void;
  /** Asks for a port to the core. Listen for PORT_MESSAGE first. */
  connect(): void;
}
