/** Photos that a pack was to look at and could not. */
import type { NamedReason } from '#app/contract/task-results.ts';
import { count } from '#app/domain/count.ts';

/** For a notice, with the first of them; null where all could be read. */
export function unreadWords(
  failed: readonly NamedReason[],
): { readonly title: string; readonly description: string } | null {
  const [first] = failed;
  if (first === undefined) return null;
  return { title: `${count(failed.length, 'photo')} could not be read`, description: `${first.path}: ${first.reason}` };
}
