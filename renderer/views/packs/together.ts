/** Which packs can be applied together: those of one backbone that can be used. */
import type { PackView } from '#app/contract/packs.ts';
import { count } from '#app/domain/count.ts';
import type { PackId } from '#app/domain/ids.ts';
import { MOST_TOGETHER } from '#app/domain/pack.ts';

/** The chosen ones that still can be, in the order of the list. The first of them says which backbone. */
export function chosenTogether(packs: readonly PackView[], chosen: ReadonlySet<PackId>): readonly PackView[] {
  const there = packs.filter((pack) => chosen.has(pack.id) && isUsable(pack));
  return there.filter(({ backbone }) => backbone === there[0]?.backbone).slice(0, MOST_TOGETHER);
}

/** Why a pack cannot join the chosen ones, in few words; null: it can. */
export function whyNotJoin(pack: PackView, together: readonly PackView[]): string | null {
  if (together.some(({ id }) => id === pack.id)) return null;
  if (!isUsable(pack)) return 'waits for its backbone';
  const [first] = together;
  if (first === undefined) return null;
  if (pack.backbone !== first.backbone) return `on another backbone: ${pack.backboneName}`;
  return together.length >= MOST_TOGETHER ? `${MOST_TOGETHER} packs are chosen, and no more go together` : null;
}

/** What is chosen, and what comes next. */
export function togetherWords(together: readonly PackView[]): string {
  const [first] = together;
  if (first === undefined) return '';
  return together.length === 1
    ? `"${first.name}" is chosen. Choose more packs on ${first.backboneName} to see side by side what they say.`
    : `${count(together.length, 'pack')} on ${first.backboneName}. Apply them together to`;
}

function isUsable({ state, backboneThere }: PackView): boolean {
  return state === 'verified' && backboneThere;
}
