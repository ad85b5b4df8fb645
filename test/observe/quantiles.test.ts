import { expect, it } from 'vitest';
import { quantile } from '../../src/observe/quantiles.ts';

const buckets = [
  { le: 1, count: 50 },
  { le: 0.1, count: 10 },
  { le: 10, count: 100 },
  { le: Number.POSITIVE_INFINITY, count: 100 },
];

it('interpolates inside a bucket', () => {
  expect(quantile(buckets, 0.5)).toBeCloseTo(1);
  expect(quantile(buckets, 0.3)).toBeCloseTo(0.55);
  expect(quantile(buckets, 0.05)).toBeCloseTo(0.05);
});

it('answers the last finite bound beyond it, and nothing for nothing', () => {
  expect(
    quantile(
      [
        { le: 1, count: 0 },
        { le: Number.POSITIVE_INFINITY, count: 5 },
      ],
      0.99,
    ),
  ).toBe(1);
  expect(
    quantile(
      [
        { le: 1, count: 0 },
        { le: Number.POSITIVE_INFINITY, count: 0 },
      ],
      0.5,
    ),
  ).toBeNull();
  expect(quantile([], 0.5)).toBeNull();
});
