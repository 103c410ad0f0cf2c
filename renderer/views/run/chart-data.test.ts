import { describe, expect, it } from 'vitest';
import { curvesOf, overlay } from './chart-data.ts';
import { metric } from './testing/metric.ts';

describe('curvesOf', () => {
  it('keeps a gap where an epoch has no value', () => {
    const curves = curvesOf([metric(0, { trainLoss: null }), metric(1, { trainLoss: 0.5, validation: null })]);
    expect(curves.epochs).toEqual([0, 1]);
    expect(curves.trainLoss).toEqual([null, 0.5]);
    expect(curves.accuracy).toEqual([0.5, null]);
    expect(curves.validationLoss).toEqual([1, null]);
  });
});

describe('overlay', () => {
  it('lays runs of different length over all their epochs', () => {
    const short = [metric(0), metric(1, { trainLoss: 3 })];
    const late = [metric(1, { trainLoss: 1 }), metric(4, { trainLoss: 2 })];
    expect(overlay([short, late], ({ trainLoss }) => trainLoss)).toEqual({
      epochs: [0, 1, 4],
      values: [
        [2, 3, null],
        [null, 1, 2],
      ],
    });
  });
});
