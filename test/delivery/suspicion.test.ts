// Whether a record or its system is to blame for a failure.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GoodAnswers, suspectedWait } from '../../src/delivery/suspicion.ts';

describe('good answers', () => {
  it('tell what a full list of them would tell', () => {
    const record = fc.constantFrom('a', 'b', 'c');
    const notes = fc.array(fc.record({ record, after: fc.nat(3) }), { maxLength: 30 });
    fc.assert(
      fc.property(notes, record, fc.nat(60), (given, asked, since) => {
        const good = new GoodAnswers();
        let at = 0;
        const all = given.map(({ record: of, after }) => {
          at += after;
          good.note(of, at);
          return { of, at };
        });
        expect(good.ofAnotherSince(asked, since)).toBe(all.some((one) => one.of !== asked && one.at > since));
        expect(good.lastAt).toBe(all.at(-1)?.at ?? null);
      }),
    );
  });
});

describe('the wait of a suspected system', () => {
  it('is spread over the second half of the cooldown', () => {
    expect(suspectedWait({ cooldownMs: 5000 }, () => 0)).toBe(2500);
    expect(suspectedWait({ cooldownMs: 5000 }, () => 0.999999)).toBe(5000);
  });

  it('is never shorter than what the system asked for, nor longer than a day for that', () => {
    expect(suspectedWait({ cooldownMs: 5000, retryAfterMs: 60_000 }, () => 0)).toBe(60_000);
    expect(suspectedWait({ cooldownMs: 5000, retryAfterMs: 1e9 }, () => 0)).toBe(86_400_000);
  });
});
