/** Numbers, sizes, tables and foreign text as people read them. */
export { count } from '#app/domain/count.ts';

/** Controls, separators of lines and turns of the writing direction. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Foreign text (names of files, reasons, notes) as one line that cannot rule a terminal: what does not print is written
 * as `\n` or `\u001b`.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const short = JSON.stringify(character).slice(1, -1);
    return short.length === 2 ? short : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** The same for text that has lines of its own. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

export function percent(value: number): string {
  return `${(100 * value).toFixed(1)}%`;
}

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Seconds as `7 s`, `3:07` or `2:03:07`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Epoch milliseconds in local time, to the minute. */
export function moment(at: number | null): string {
  if (at === null) return '-';
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export type Alignment = 'left' | 'right';

/** Rows under a header, columns two spaces apart. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[] = [],
): string {
  const printed = rows.map((row) => row.map(printable));
  const widths = header.map((title, column) =>
    Math.max(title.length, ...printed.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return alignments[column] === 'right' ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [line(header), ...printed.map(line)].join('\n');
}

const SHOWN = 10;

/** A title and the first of its lines, indented; nothing for an empty list. */
export function listing(title: string, lines: readonly string[], limit = SHOWN): readonly string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, limit);
  const more = lines.length > shown.length ? [`  ... and ${lines.length - shown.length} more (--json lists all)`] : [];
  return [title, ...shown.map((line) => `  ${printable(line)}`), ...more];
}
