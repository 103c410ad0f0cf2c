/** Light or dark, as chosen or as the system has it. Kept in this browser too, so that a reload does not flash. */
import { shallowRef } from 'vue';
import type { Settings } from '#app/contract/settings.ts';

type Theme = Settings['theme'];

const PLACE = 'dtl-theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');
const chosen = shallowRef<Theme>(remembered());
const dark = shallowRef(false);

system.addEventListener('change', show);
show();

export function useTheme(): { readonly dark: typeof dark; choose(theme: Theme): void } {
  return { dark, choose };
}

function choose(theme: Theme): void {
  chosen.value = theme;
  localStorage.setItem(PLACE, theme);
  show();
}

function show(): void {
  dark.value = chosen.value === 'dark' || (chosen.value === 'system' && system.matches);
  document.documentElement.classList.toggle('dark', dark.value);
  document.documentElement.classList.toggle('light', !dark.value);
}

function remembered(): Theme {
  const kept = localStorage.getItem(PLACE);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}
