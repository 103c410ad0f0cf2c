import { describe, expect, it } from 'vitest';
import { newForm } from './form.ts';
import type { TrainForm } from './form.ts';
import { recall, remember } from './remember.ts';

function shelf(content: Record<string, string> = {}): Storage {
  const kept = new Map(Object.entries(content));
  return {
    length: 0,
    clear: () => kept.clear(),
    key: () => null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

const form: TrainForm = {
  split: 4,
  backbone: 'a'.repeat(64),
  method: 'dtl',
  adapt: 'chosen',
  adaptBlocks: '6-11',
  extractBlocks: '0-3',
  side: { rank: 4, kernel: 3 },
  recipe: 'paper',
  changes: { epochs: 6, augmentation: 'flip', dropLastBatch: false },
  device: 'webgpu',
  threads: 2,
  weights: 'int8',
  fit: 'pad',
  sixteenBit: 'percentiles',
  seeds: '1-3',
  learningRates: '1e-3, 3e-3',
};

describe('the choices of a project', () => {
  it('come back whole', () => {
    const storage = shelf();
    remember(1, form, storage);
    expect(recall(1, storage)).toEqual(form);
  });

  it('are those of that project alone', () => {
    const storage = shelf();
    remember(1, form, storage);
    expect(recall(2, storage)).toEqual(newForm);
  });

  it('survive a form that was kept by another version, or is damaged', () => {
    const odd = JSON.stringify({ method: 'swin', recipe: 'paper', changes: { epochs: '6', batchSize: 8 } });
    expect(recall(1, shelf({ 'dtl-studio.train.1': odd }))).toEqual({
      ...newForm,
      recipe: 'paper',
      changes: { batchSize: 8 },
    });
    expect(recall(1, shelf({ 'dtl-studio.train.1': '{' }))).toEqual(newForm);
  });
});
