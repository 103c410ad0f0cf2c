/**
 * One spelling for one value: keys sorted by UTF-16 code unit, no spaces, numbers and strings as JSON.stringify has
 * them (this is RFC 8785 as far as our values go). What is equal is written with equal bytes.
 */

/** Throws RangeError for what JSON cannot write: numbers that are not finite, undefined, functions. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
  }
  const writable = value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  if (!writable) throw new RangeError(`JSON cannot write this ${typeof value}.`);
  return JSON.stringify(value);
}
