import { expect, it } from 'vitest';
import { emptySettings, givenSettings, threeNumbers } from './setting-fields.ts';

it('reads three numbers, or one for all channels', () => {
  expect(threeNumbers('0.485, 0.456 0.406')).toEqual([0.485, 0.456, 0.406]);
  expect(threeNumbers(' 0.5 ')).toEqual([0.5, 0.5, 0.5]);
  for (const text of ['', '1, 2', '1, 2, 3, 4', 'a, b, c', '1, 2, x']) expect(threeNumbers(text)).toBeNull();
});

it('gives only what was typed, and names what makes no sense', () => {
  expect(givenSettings(emptySettings())).toEqual({ given: {}, wrong: [] });
  const typed = { ...emptySettings(), name: ' mine ', heads: 6, layerNormEps: '1e-6', mean: '0.5', std: 'one' };
  expect(givenSettings(typed)).toEqual({
    given: { name: 'mine', heads: 6, layerNormEps: 1e-6, mean: [0.5, 0.5, 0.5] },
    wrong: ['std'],
  });
  expect(givenSettings({ ...emptySettings(), layerNormEps: '2' }).wrong).toEqual(['layerNormEps']);
});
