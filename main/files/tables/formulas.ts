/**
 * Spreadsheets run a cell that begins like a formula. In every CSV that we write such a text gets an apostrophe in
 * front, which spreadsheets take as "this is text"; a text that already looks like one of ours gets another, so that
 * taking one away always gives back what was there.
 */
const looksLikeFormula = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

export function neutralise(text: string): string {
  return looksLikeFormula.test(text) ? `'${text}` : text;
}

/** The way back on import; leaves any other text alone. */
export function restore(text: string): string {
  return text.startsWith("'") && looksLikeFormula.test(text) ? text.slice(1) : text;
}
