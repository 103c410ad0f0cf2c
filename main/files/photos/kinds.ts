/** Which files are worth opening as photos, told from their names. */

/** What can be decoded, and what cannot but is a picture all the same: it is listed so that the import can say why. */
const extensions = new Set(
  [
    'jpg jpeg jpe jfif png webp avif gif tif tiff',
    'heic heif hif bmp jxl jp2 j2k psd',
    '3fr arw cr2 cr3 crw dcr dng erf fff iiq k25 kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f',
  ].flatMap((names) => names.split(' ')),
);

export function isPhotoName(name: string): boolean {
  const dot = name.lastIndexOf('.');
  return dot > 0 && extensions.has(name.slice(dot + 1).toLowerCase());
}

/** Folders and files that systems and programs keep for themselves. */
export function isHiddenName(name: string): boolean {
  return name.startsWith('.') || ['thumbs.db', 'desktop.ini', '__macosx', '$recycle.bin'].includes(name.toLowerCase());
}
