/** What a class can be called. Names come from folders, tables and packs, and go to screens, tables and metadata. */
import { isOneLine } from './one-line.ts';

const LONGEST = 100;

export const CLASS_NAME_RULE = `a class name has 1 to ${LONGEST} characters on one line, no control characters`;

/** The name without white space around it; null where that is no name. */
export function fitClassName(name: string): string | null {
  const trimmed = name.trim();
  // A character is at most two units.
  if (trimmed === '' || trimmed.length > 2 * LONGEST || !isOneLine(trimmed)) return null;
  return Array.from(trimmed).length > LONGEST ? null : trimmed;
}
