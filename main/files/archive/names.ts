/** Names of entries: a closed set, so that none of them can lead anywhere. */

export const MANIFEST = 'manifest.jsonl';
export const HEAD = 'project.json';
export const README = 'README.txt';

const ALLOWED = [
  /^(?:README\.txt|project\.json|manifest\.jsonl)$/,
  /^[a-z]{1,20}(?:-[a-z]{1,20}){0,2}\.jsonl$/,
  /^runs\/[1-9][0-9]{0,15}\/(?:weights|checkpoint)\.safetensors$/,
];
const PACK = /^packs\/([0-9a-f]{64})\.safetensors$/;
const PHOTO = /^photos\/([0-9a-f]{2})\/(\1[0-9a-f]{62})(?:\.[a-z0-9]{1,8})?$/;

export function isAllowedName(name: string): boolean {
  return PHOTO.test(name) || PACK.test(name) || ALLOWED.some((pattern) => pattern.test(name));
}

/** Photos are named by their content, so that each is in the archive once, wherever it lies. */
export function photoName(contentHash: string, path: string): string {
  const ending = /\.[a-z0-9]{1,8}$/.exec(path.toLowerCase())?.[0] ?? '';
  return `photos/${contentHash.slice(0, 2)}/${contentHash}${ending}`;
}

/** The hash of a photo's entry, null for every other entry. */
export function photoHash(name: string): string | null {
  return PHOTO.exec(name)?.[2] ?? null;
}

/** What an entry is that is named by the hash of its bytes, and that hash; null for every other entry. */
export function namedContent(name: string): { readonly what: 'photo' | 'pack'; readonly hash: string } | null {
  const photo = photoHash(name);
  if (photo !== null) return { what: 'photo', hash: photo };
  const pack = PACK.exec(name)?.[1];
  return pack === undefined ? null : { what: 'pack', hash: pack };
}
