/**
 * The core's answers to filters, for as long as nothing has changed: what was foreseen, and what one comes back to, is there
 * at once.
 */

/** An answer is the rows of one screen. */
const MOST_KEPT = 12;

export interface Answers<Answer> {
  /** The kept answer to `asked`, else that of `ask`, kept from now on unless it fails. */
  to(asked: string, ask: () => Promise<Answer>): Promise<Answer>;
  /** Something has changed: every answer may be another one now. */
  forget(): void;
}

export function createAnswers<Answer>(mostKept = MOST_KEPT): Answers<Answer> {
  const kept = new Map<string, Promise<Answer>>();
  return {
    to(asked, ask) {
      const answer = kept.get(asked) ?? ask();
      // Used last: dropped last.
      kept.delete(asked);
      kept.set(asked, answer);
      for (const oldest of kept.keys()) if (kept.size > mostKept) kept.delete(oldest);
      answer.catch(() => {
        if (kept.get(asked) === answer) kept.delete(asked);
      });
      return answer;
    },
    forget: () => kept.clear(),
  };
}
