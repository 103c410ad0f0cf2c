/** `--home DIR` or `--home=DIR` among whatever else Electron and Chromium are started with. */
export function homeFlag(argv: readonly string[]): string | undefined {
  for (const [index, argument] of argv.entries()) {
    if (argument === '--home') return argv[index + 1] ?? '';
    if (argument.startsWith('--home=')) return argument.slice('--home='.length);
  }
  return undefined;
}
