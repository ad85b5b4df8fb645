import { describe, expect, it } from 'vitest';
import { idempotencyKey, ifMatch, negotiate, noneMatch, preferredWait } from '../../src/gateway/headers.ts';
import { problemIn } from '../../src/gateway/problem.ts';

const statusOf = (run: () => unknown): number | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return problemIn(error)?.status;
  }
};

describe('Accept', () => {
  const offered = ['application/json', 'application/x-ndjson'];

  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/x-ndjson', 'application/x-ndjson'],
    ['application/json;q=0.5, application/x-ndjson', 'application/x-ndjson'],
    ['application/*', 'application/json'],
    ['application/json;q=0, */*;q=0.1', 'application/x-ndjson'],
    ['text/csv', undefined],
    ['text/html;q=x', undefined],
    ['', undefined],
  ])('%s → %s', (accept, type) => {
    expect(negotiate(accept, offered)).toBe(type);
  });
});

describe('Prefer', () => {
  it.each([
    [undefined, 0],
    ['wait=30', 30_000],
    ['respond-async, wait="5"', 5_000],
    ['wait=600', 60_000],
    ['wait=-1', 0],
    ['waiting=30', 0],
  ])('%s → %d ms', (prefer, ms) => {
    expect(preferredWait(prefer)).toBe(ms);
  });
});

describe('Idempotency-Key', () => {
  it.each([
    [undefined, undefined],
    ['evt-771', 'evt-771'],
    ['"evt 771"', 'evt 771'],
    ['"a\\"b\\\\c"', 'a"b\\c'],
  ])('%s → %s', (header, key) => {
    expect(idempotencyKey(header)).toBe(key);
  });

  it.each(['', '""', '"open', 'two words', 'a,b', '"a";p=1', 'ü', 'x'.repeat(257)])('refuses %j', (header) => {
    expect(statusOf(() => idempotencyKey(header))).toBe(400);
  });
});

describe('If-Match', () => {
  it('reads one version, or any', () => {
    expect(ifMatch('"4"')).toBe('4');
    expect(ifMatch(' * ')).toBe('*');
  });

  it.each([
    [undefined, 428],
    ['4', 400],
    ['"3", "4"', 400],
    ['"x"', 400],
    ['W/"4"', 412],
  ])('%s → %d', (header, status) => {
    expect(statusOf(() => ifMatch(header))).toBe(status);
  });
});

it('If-None-Match compares weakly', () => {
  expect(noneMatch(undefined, '"4"')).toBe(true);
  expect(noneMatch('"3"', '"4"')).toBe(true);
  expect(noneMatch('"3", W/"4"', '"4"')).toBe(false);
  expect(noneMatch('*', '"4"')).toBe(false);
});
