/**
 * The two ways in which a photo is on the stage: as it fits (`fitted`), which costs a frame next to nothing, and with all
 * its pixels (`whole`), which is read when somebody looks closer.
 */
import type { Decoder } from './decode/decoder.ts';
import type { Picture } from './preload.ts';
import type { Size } from './zoom.ts';

export interface StagePicture extends Picture {
  readonly element: HTMLElement;
  /** Of the file's own picture; known once it is decoded. */
  readonly size: Size;
  /** What it shows, for those who cannot see it. */
  describe(words: string): void;
}

const PLACE = 'absolute inset-0 size-full';

export function wholePicture(): StagePicture {
  const element = new Image();
  element.draggable = false;
  // It is decoded by then: the frame that shows it is not shown without it.
  element.decoding = 'sync';
  element.className = PLACE;
  return {
    element,
    get src() {
      return element.src;
    },
    set src(address) {
      element.src = address;
    },
    get size() {
      return { width: element.naturalWidth, height: element.naturalHeight };
    },
    decode: () => element.decode(),
    describe: (words) => {
      element.alt = words;
    },
  };
}

/** `box`: pixels of the screen that there are for it. */
export function fittedPicture(decoder: Decoder, box: Size): StagePicture {
  const element = document.createElement('canvas');
  element.className = PLACE;
  element.setAttribute('role', 'img');
  const ending = new AbortController();
  let src = '';
  let size: Size = { width: 0, height: 0 };
  return {
    element,
    get src() {
      return src;
    },
    set src(address) {
      src = address;
      if (address === '') ending.abort();
    },
    get size() {
      return size;
    },
    decode: async () => {
      const decoded = await decoder.decode(src, box, ending.signal);
      size = decoded.size;
      element.width = decoded.bitmap.width;
      element.height = decoded.bitmap.height;
      element.getContext('bitmaprenderer')?.transferFromImageBitmap(decoded.bitmap);
    },
    describe: (words) => {
      element.setAttribute('aria-label', words);
    },
  };
}
