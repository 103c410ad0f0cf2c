/** Where the profile lies for this process. */
import { homedir } from 'node:os';
import { resolveHome } from '../files/profile/home.ts';

/** `flag` is `--home` as typed, `cwd` what relative paths count from. Throws AppError `profile.no-home`. */
export function homeFor(flag: string | undefined, cwd: string): string {
  return resolveHome({ flag, env: process.env, platform: process.platform, homedir: homedir(), cwd });
}
