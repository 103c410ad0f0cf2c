/** Where a pack's file lies in the profile: named by its bytes, so that no pack ever takes the place of another one's. */
import type { Pack } from '../domain/pack.ts';
import { packPath } from '../domain/pack.ts';
import type { PackPorts } from './ports.ts';

/** A pack that is kept already stays where it is, unless another one's bytes were written there as earlier versions did. */
export function placeOf(
  { store }: Pick<PackPorts, 'store'>,
  { sha256, runId }: Pick<Pack, 'sha256' | 'runId'>,
): string {
  const packs = store.packs.list();
  const kept = packs.find((pack) => pack.sha256 === sha256 && pack.runId === runId)?.path;
  const others = new Set(packs.filter((pack) => pack.sha256 !== sha256).map(({ path }) => path));
  const usual = packPath(sha256, runId);
  // Another hash may begin like this one: somebody can make it do so.
  return (
    [kept, usual].find((path) => path !== undefined && !others.has(path)) ?? packPath(sha256, runId, sha256.length)
  );
}
