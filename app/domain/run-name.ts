/** What a run or a pack can be called. */
import { AppError } from './errors.ts';
import { isOneLine } from './one-line.ts';

const LONGEST = 200;

/** The name without white space around it. Throws AppError `runs.name-invalid` or `packs.name-invalid`. */
export function fitName(what: 'runs' | 'packs', name: string): string {
  const trimmed = name.trim();
  if (trimmed !== '' && trimmed.length <= LONGEST && isOneLine(trimmed)) return trimmed;
  throw new AppError(
    `${what}.name-invalid`,
    `A name has 1 to ${LONGEST} characters on one line, no control characters. The old name was kept.`,
    { data: { name: name.slice(0, LONGEST) } },
  );
}
