/** What the desktop app's own menu asks for; nothing in a browser. */
import type { MenuCommand } from '#app/contract/host.ts';

export function onMenu(listener: (command: MenuCommand) => void): () => void {
  return window.dtl?.onCommand(listener) ?? (() => undefined);
}
