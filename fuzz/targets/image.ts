import { codedPictureHash } from '#main/images/coded-picture.ts';
import { jpegHeader } from '#main/images/jpeg-header.ts';
import { recognise } from '#main/images/recognise.ts';

export function image(bytes: Uint8Array): void {
  const file = Buffer.from(bytes);
  const found = recognise(file);
  if ('refusal' in found && found.refusal === '') throw new Error('refused without a reason');
  if (!('format' in found) || found.format !== 'jpeg') return;
  const { width, height, orientation = 1 } = jpegHeader(file) ?? { width: 1, height: 1 };
  if (!(width > 0 && height > 0 && orientation >= 1 && orientation <= 8)) throw new Error('a header without a size');
  codedPictureHash(file, orientation);
}
