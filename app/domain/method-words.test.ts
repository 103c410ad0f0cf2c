import { expect, it } from 'vitest';
import type { VitSpec } from './backbone.ts';
import { plainVit } from './backbone.ts';
import { methodFor } from './method-defaults.ts';
import { methodWords } from './method-words.ts';

const spec: VitSpec = {
  family: 'vit',
  imageSize: 224,
  patchSize: 16,
  width: 192,
  depth: 12,
  heads: 3,
  mlpWidth: 768,
  layerNormEps: 1e-6,
  ...plainVit,
};

it.each([
  ['dtl+', {}, 'DTL+'],
  ['dtl', {}, 'DTL'],
  ['linear', {}, 'Linear probe'],
  ['dtl+', { rank: 4, kernel: 3 }, 'DTL+, rank 4, 3x3 kernel'],
  ['dtl', { beta: 10, adapt: 'all' }, 'DTL, beta 10, adapt 0-11'],
  ['dtl+', { extract: [0, 2, 4] }, 'DTL+, extract 0,2,4'],
] as const)('says of %s with %o: %s', (name, settings, words) => {
  expect(methodWords(methodFor(name, spec, settings), spec)).toBe(words);
});

it('does not judge the sets of blocks without the backbone', () => {
  expect(methodWords(methodFor('dtl', spec, { adapt: 'all' }), null)).toBe('DTL');
});
