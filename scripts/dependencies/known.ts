/** What is publicly known to be wrong with the dependencies, as npm's own source tells it, or that it could not be asked. */

export type Known =
  | { readonly kind: 'unreachable'; readonly why: string }
  | {
      readonly kind: 'answer';
      readonly found: readonly { readonly name: string; readonly severity: string; readonly range: string }[];
    };

/** Reads what `npm audit --json` printed. */
export function readAudit(stdout: string): Known {
  let answer: unknown;
  try {
    answer = JSON.parse(stdout);
  } catch {
    return { kind: 'unreachable', why: 'npm gave no answer' };
  }
  if (typeof answer !== 'object' || answer === null) return { kind: 'unreachable', why: 'npm gave no answer' };
  if (!('vulnerabilities' in answer) || typeof answer.vulnerabilities !== 'object' || answer.vulnerabilities === null) {
    return {
      kind: 'unreachable',
      why: 'message' in answer && typeof answer.message === 'string' ? answer.message : 'npm named no reason',
    };
  }
  const found = Object.entries(answer.vulnerabilities).map(([name, value]: [string, unknown]) => {
    const told = typeof value === 'object' && value !== null ? value : {};
    const text = (key: 'severity' | 'range'): string =>
      key in told ? String((told as Readonly<Record<string, unknown>>)[key]) : '';
    return { name, severity: text('severity'), range: text('range') };
  });
  return { kind: 'answer', found };
}
