// Which sends go together, and what one exchange of many says of the system.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Send } from '../../src/core/core.ts';
import type { Sign } from '../../src/delivery/outcome.ts';
import { batchesOf, signsOf, type Together } from '../../src/delivery/together.ts';
import { names, sendOf } from './memory-core.ts';

const together: Together = { limit: { size: 3, operations: ['create', 'update'] }, repeatSafe: true };
const idsOf = (batches: Send[][]): string[] => batches.map((batch) => batch.map(({ recordId }) => recordId).join(' '));
const aSend = (recordId: string, more: Partial<Send> = {}): Send => sendOf('crm', recordId, more);
const many = (count: number, more: Partial<Send> = {}): Send[] => names(count, 'a').map((id) => aSend(id, more));

describe('batches', () => {
  it('are of one each where the connector takes no more', () => {
    expect(idsOf(batchesOf(many(3), { limit: undefined, repeatSafe: true }))).toEqual(['a_1', 'a_2', 'a_3']);
  });

  it('are as large as they may be, and keep the order', () => {
    expect(idsOf(batchesOf(many(7), together))).toEqual(['a_1 a_2 a_3', 'a_4 a_5 a_6', 'a_7']);
  });

  it('are of one type and one operation', () => {
    const sends = [
      aSend('a'),
      aSend('b', { record: 'order' }),
      aSend('c', { op: 'update', externalId: '1' }),
      aSend('d'),
    ];
    expect(idsOf(batchesOf(sends, together))).toEqual(['a d', 'b', 'c']);
  });

  it.each<[string, Partial<Send>, Partial<Together>]>([
    ['an operation that no batch carries', { op: 'delete', externalId: '1' }, {}],
    ['what failed while the system dealt with others', { attempts: 1, lastError: 'unavailable' }, {}],
    ['a create that may have arrived, where a repeat makes it twice', { repeat: true }, { repeatSafe: false }],
  ])('leave out %s', (_, more, other) => {
    expect(idsOf(batchesOf([aSend('x'), aSend('y', more), aSend('z')], { ...together, ...other }))).toEqual([
      'x z',
      'y',
    ]);
  });

  it.each<[string, Partial<Send>]>([
    ['what was turned away for too many requests', { attempts: 2, lastError: 'throttled' }],
    ['what failed with the system, and spent nothing', { attempts: 0, lastError: 'unavailable' }],
    ['a repeat that is harmless', { repeat: true }],
  ])('hold %s', (_, more) => {
    expect(idsOf(batchesOf([aSend('x'), aSend('y', more)], together))).toEqual(['x y']);
  });

  it('lose nothing, double nothing, and never grow beyond what is taken', () => {
    const send = fc.record({
      record: fc.constantFrom('order' as const, 'customer' as const),
      op: fc.constantFrom('create' as const, 'update' as const, 'delete' as const),
      attempts: fc.nat(2),
      lastError: fc.constantFrom(null, 'throttled', 'timeout'),
      repeat: fc.boolean(),
    });
    const limits = fc.record({ size: fc.integer({ min: 2, max: 9 }), operations: fc.subarray(['create', 'update']) });
    fc.assert(
      fc.property(fc.array(send, { maxLength: 40 }), limits, fc.boolean(), (given, limit, repeatSafe) => {
        const sends = given.map((more, at) => aSend(`a_${at}`, more));
        const batches = batchesOf(sends, { limit: limit as Together['limit'], repeatSafe });
        expect(batches.flat().sort((a, b) => sends.indexOf(a) - sends.indexOf(b))).toEqual(sends);
        for (const batch of batches) {
          expect(batch.length).toBeLessThanOrEqual(limit.size);
          expect(new Set(batch.map(({ op, record }) => `${op} ${record}`)).size).toBe(1);
          if (batch.length > 1) expect(limit.operations).toContain(batch[0]?.op);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('what an exchange says of the system', () => {
  it.each<[Sign[], Sign[]]>([
    [['nothing'], []],
    [['failed'], ['failed']],
    [['failed', 'failed', 'failed'], ['failed']],
    [['failed', 'delivered', 'failed'], ['delivered']],
    [['failed', 'answered'], ['answered']],
    [['answered', 'delivered'], ['delivered']],
    [
      ['delivered', 'throttled', 'throttled'],
      ['delivered', 'throttled'],
    ],
    [
      ['delivered', 'unauthorized'],
      ['delivered', 'unauthorized'],
    ],
    [
      ['nothing', 'failed', 'throttled'],
      ['failed', 'throttled'],
    ],
  ])('%j → %j', (signs, said) => {
    expect(signsOf(signs.map((sign) => ({ sign }))).map(({ sign }) => sign)).toEqual(said);
  });
});
