import { expect, it } from 'vitest';
import { packName } from './pack-file.ts';

it('calls a pack as its file is called, without the ending', () => {
  expect(packName('rust v2.safetensors')).toBe('rust v2');
  expect(packName('RUST.SAFETENSORS')).toBe('RUST');
});

it('names a file that is no pack', () => {
  expect(() => packName('photo.jpg')).toThrow('"photo.jpg" is not a pack');
  expect(() => packName('.safetensors')).toThrow('not a pack');
});
