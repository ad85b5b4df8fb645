// What whoever writes a request is told of its faults: all of them, each with its place, in words and not in types of a library.
import { expect, it } from 'vitest';
import type { z } from 'zod';
import { faultsOf } from '../../src/gateway/body-faults.ts';
import { decideReturn, returnEvent, returnRequest, returnReview } from '../../src/gateway/schemas.ts';

function told(schema: z.ZodType, value: unknown): string[] {
  const read = schema.safeParse(value);
  return read.success ? [] : faultsOf(read.error.issues, value).map(({ path, message }) => `${path} ${message}`);
}

const asked = { customer: 'cus_1', order: 'ord_1', lines: [{ orderLine: '1', quantity: 1 }], reason: 'size' };

it.each<[string, z.ZodType, unknown, string[]]>([
  ['nothing', returnRequest, {}, ['/customer', '/order', '/lines', '/reason'].map((path) => `${path} is missing`)],
  [
    'other types',
    returnRequest,
    { ...asked, customer: 1, order: null, lines: [{ orderLine: '1', quantity: 1.5 }], reason: ['x'], 'a/b': 1 },
    [
      '/customer must be text',
      '/order must be text',
      '/lines/0/quantity must be a whole number',
      '/reason must be text',
      '/a~1b unknown member "a/b"',
    ],
  ],
  [
    'values out of bounds',
    returnRequest,
    { ...asked, lines: [{ orderLine: '1', quantity: 0 }], reason: 'x'.repeat(1001), fault: 'me' },
    [
      '/lines/0/quantity must be at least 1',
      '/reason must have at most 1000 characters',
      '/fault must be one of customer, merchant, carrier, unknown',
    ],
  ],
  [
    'messages of a schema itself',
    returnRequest,
    { ...asked, lines: [], reason: '' },
    ['/lines must name a line', '/reason must not be empty'],
  ],
  [
    'no word that is known',
    returnReview,
    { decision: 'maybe' },
    ['/decision must be one of approve, decline', '/reason is missing'],
  ],
  ['no way to ask', decideReturn, {}, ['/facts is missing']],
  ['half a way to ask', decideReturn, { mode: 'live' }, ['/return is missing']],
  ['an event without a type', returnEvent, { id: 'x' }, ['/type is missing']],
  ['a list instead of an object', returnRequest, [], [' must be an object']],
])('%s', (_, schema, value, faults) => {
  expect(told(schema, value)).toEqual(faults);
});

it('an event of another type is told those that there are', () => {
  expect(told(returnEvent, { type: 'eaten', id: 'x' })).toEqual([
    expect.stringMatching(/^\/type is none of those that are known: identity_verified, .*clawback_written_off$/),
  ]);
});
