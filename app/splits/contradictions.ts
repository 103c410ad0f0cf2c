/** Photos that show the very same pixels and say different things: at least one of the labels is wrong. */
import type { Project } from '../domain/project.ts';
import type { Store } from '../ports/repositories.ts';
import type { Candidate } from './candidates.ts';

const SHOWN = 5;

/** One sentence that names up to five pairs; none where all agree. A pair is the first photo of a label and one of another. */
export function contradictionWarnings(
  store: Store,
  project: Project,
  candidates: readonly Candidate[],
): readonly string[] {
  const firsts = new Map<string, Map<number, Candidate>>();
  for (const photo of candidates) {
    const shows = photo.pixelHash ?? photo.contentHash;
    const byLabel = firsts.get(shows) ?? new Map<number, Candidate>();
    if (!byLabel.has(photo.label)) byLabel.set(photo.label, photo);
    firsts.set(shows, byLabel);
  }
  const pairs = [...firsts.values()].flatMap((byLabel) => {
    const [first, ...others] = byLabel.values();
    return first === undefined ? [] : others.map((other) => [first, other] as const);
  });
  if (pairs.length === 0) return [];
  const names = new Map<number, string>(store.classes.list(project.id).map(({ id, name }) => [id, name]));
  const said = ({ id, label }: Candidate): string =>
    `"${store.photos.get(id).path}" (${names.get(label) ?? String(label)})`;
  const shown = pairs.slice(0, SHOWN).map(([one, other]) => `${said(one)} and ${said(other)}`);
  const more = pairs.length > SHOWN ? `; and ${pairs.length - SHOWN} more` : '';
  return [
    `${pairs.length === 1 ? 'One pair of photos shows' : `${pairs.length} pairs of photos show`} the same pixels under ` +
      `different labels, so one of each pair is wrong: ${shown.join('; ')}${more}. Correct the labels, then split again.`,
  ];
}
