import { expect, it } from 'vitest';
import { AppError } from '#app/domain/errors.ts';
import { aboutFile, packName } from './pack-file.ts';

it('calls a pack as its file is called, without the ending', () => {
  expect(packName('rust v2.safetensors')).toBe('rust v2');
  expect(packName('RUST.SAFETENSORS')).toBe('RUST');
});

it('names a file that is no pack', () => {
  expect(() => packName('photo.jpg')).toThrow('"photo.jpg" is not a pack');
  expect(() => packName('.safetensors')).toThrow('not a pack');
});

it('tells errors of several files apart', () => {
  const torn = aboutFile(new AppError('packs.torn', 'Its weights end early.', { data: { at: 8 } }), 'rust.safetensors');
  expect(torn).toMatchObject({
    code: 'packs.torn',
    kind: 'expected',
    message: '"rust.safetensors": Its weights end early.',
    data: { at: 8 },
  });
  expect(aboutFile(torn, 'rust.safetensors')).toBe(torn);
});
