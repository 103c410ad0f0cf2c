/** Names go to lists, tables, file names and metadata: they stay on one line and read in one direction. */

/** What ends or rules a line: controls, separators of lines, turns of the writing direction, halves of a character. */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

export function isOneLine(text: string): boolean {
  return text.search(UNFIT) < 0;
}

/** The text with spaces for what does not belong on a line, and none around it. */
export function oneLine(text: string): string {
  return text.replaceAll(UNFIT, ' ').trim();
}
