import { expect, it } from 'vitest';
import { fileNameOf, parameterWords } from './words.ts';

it('writes a number of parameters as people say it', () => {
  expect([4_032, 5_524_416, 85_798_656, 303_301_632].map(parameterWords)).toEqual([
    '4 thousand',
    '5.5 million',
    '85.8 million',
    '303 million',
  ]);
});

it('names a file without its folders', () => {
  expect(fileNameOf('/models/vit.safetensors')).toBe('vit.safetensors');
  expect(fileNameOf('D:\\models\\vit.safetensors')).toBe('vit.safetensors');
});
