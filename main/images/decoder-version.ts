import sharp from 'sharp';

/** Raised with every change here that gives some photo other pixels. */
const OWN_VERSION = 1;

/** What turns files into pixels, as far as two versions of it may differ in a pixel: features kept under another one are not used. */
export function decoderVersion(): string {
  const libraries = Object.entries(sharp.versions).map(([name, version]) => `${name} ${version}`);
  return [`dtl ${OWN_VERSION}`, ...libraries.sort()].join(', ');
}
