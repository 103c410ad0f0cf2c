/** The desktop's menu speaks of commands; a command of another screen is run once that screen is there. */
import { watch } from 'vue';
import type { Router } from 'vue-router';
import type { MenuCommand } from '#app/contract/host.ts';
import { commands, isEnabled } from './commands.ts';

const PATIENCE_MS = 3000;

const meant: Readonly<Record<MenuCommand, { readonly command: string; readonly screen?: string }>> = {
  'open-folder': { command: 'projects.new', screen: 'projects' },
  'open-archive': { command: 'projects.open-archive', screen: 'projects' },
  'archive-project': { command: 'projects.archive', screen: 'projects' },
  'import-pack': { command: 'packs.import', screen: 'packs' },
  'import-backbone': { command: 'backbones.import', screen: 'backbones' },
  settings: { command: 'go.settings' },
  undo: { command: 'edit.undo' },
  redo: { command: 'edit.redo' },
  palette: { command: 'app.palette' },
  inspector: { command: 'app.inspector' },
  'go-library': { command: 'go.library' },
  'go-label': { command: 'go.label' },
  'go-train': { command: 'go.train' },
  'go-runs': { command: 'go.runs' },
  'go-packs': { command: 'go.packs' },
  shortcuts: { command: 'app.shortcuts' },
  about: { command: 'go.settings' },
};

/** `params`: the open project's, for screens that belong to one. */
export function runMenuCommand(asked: MenuCommand, router: Router, params: Record<string, string>): void {
  const { command, screen } = meant[asked];
  if (runById(command) || screen === undefined) return;
  // Packs belong to every project but are shown within one.
  void router.push(
    screen === 'packs' && params['project'] === undefined ? { name: 'projects' } : { name: screen, params },
  );
  const stop = watch(commands, () => {
    if (runById(command)) end();
  });
  const timer = setTimeout(end, PATIENCE_MS);
  function end(): void {
    clearTimeout(timer);
    stop();
  }
}

function runById(id: string): boolean {
  const found = commands.value.findLast((command) => command.id === id);
  if (found === undefined || !isEnabled(found)) return false;
  void found.run();
  return true;
}
