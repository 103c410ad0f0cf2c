/** What `npm start` decides, apart from looking and doing. */

export interface Place {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
}

/** Why the window is served to a browser, as a phrase; empty where that was asked for, null where the app can open. */
export function browserReason(args: readonly string[], { platform, env, isRoot }: Place): string | null {
  if (args.some((arg) => /^--(browser|port|root|help)(=|$)/.test(arg))) return '';
  if (platform !== 'linux') return null;
  if (!env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return 'there is no display for the desktop app';
  return isRoot ? 'the desktop app does not run as the user root' : null;
}

/** `--browser` is for this script alone. */
export function serveArguments(args: readonly string[]): readonly string[] {
  return args.filter((arg) => arg !== '--browser');
}

/** Times in milliseconds; `built` is null where nothing was built yet. */
export function isStale(built: number | null, newestSource: number): boolean {
  return built === null || built < newestSource;
}
