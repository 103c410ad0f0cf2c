/** Where a profile lies: `--home`, else DTL_STUDIO_HOME, else the place that the operating system keeps for data. */
import { posix, win32 } from 'node:path';
import { AppError } from '#app/domain/errors.ts';

export interface HomeSources {
  /** `--home`, as it was typed. */
  readonly flag: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The user's home folder. */
  readonly homedir: string;
  /** Where the command was called: what a relative path counts from. */
  readonly cwd: string;
}

const NAME = 'dtl-studio';

/** An absolute path; nothing is created. Throws AppError `profile.no-home` where the system names no place at all. */
export function resolveHome({ flag, env, platform, homedir, cwd }: HomeSources): string {
  const path = platform === 'win32' ? win32 : posix;
  const given = flag ?? nonEmpty(env['DTL_STUDIO_HOME']);
  if (given === '') throw new AppError('profile.no-home', '--home needs the name of a folder.');
  if (given !== undefined) return path.resolve(cwd, given);
  // The base directory specification has relative values ignored.
  const place = nonEmpty(platform === 'win32' ? env['LOCALAPPDATA'] : env['XDG_DATA_HOME']);
  if (platform !== 'darwin' && place !== undefined && path.isAbsolute(place)) return path.join(place, NAME);
  if (homedir === '') {
    throw new AppError('profile.no-home', 'This user has no home folder: name a folder with --home DIR.');
  }
  const inHome =
    platform === 'win32'
      ? ['AppData', 'Local']
      : platform === 'darwin'
        ? ['Library', 'Application Support']
        : ['.local', 'share'];
  return path.join(homedir, ...inHome, NAME);
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
