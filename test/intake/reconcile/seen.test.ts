// Which ids were seen: as a set of texts would say it.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Seen } from '../../../src/intake/reconcile/seen.ts';

it('says of any id what a set says, whenever it is asked', () => {
  const id = fc.oneof(fc.string({ maxLength: 4 }), fc.nat(3000).map(String));
  fc.assert(
    fc.property(fc.array(fc.record({ id, asks: fc.boolean() }), { maxLength: 60 }), fc.array(id), (steps, others) => {
      const [seen, set] = [new Seen(), new Set<string>()];
      for (const { id, asks } of steps) {
        if (asks) expect(seen.has(id)).toBe(set.has(id));
        else {
          seen.add(id);
          set.add(id);
        }
      }
      for (const one of [...others, ...set]) expect(seen.has(one)).toBe(set.has(one));
    }),
  );
});

it('tells a hundred thousand apart', () => {
  const seen = new Seen();
  for (let at = 0; at < 100_000; at++) seen.add(`ord-${at}`);
  let wrong = 0;
  for (let at = 0; at < 100_000; at++) if (!seen.has(`ord-${at}`) || seen.has(`ord-${at + 100_000}`)) wrong++;
  expect(wrong).toBe(0);
});
