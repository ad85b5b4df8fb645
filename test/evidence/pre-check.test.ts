// The whole pre-check: outcomes pass, review and resubmit, never a decline; what an optional second look may change.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Check, judge, type Outcome, worstOf } from '../../src/evidence/judge.ts';
import { look, type Picture } from '../../src/evidence/look.ts';
import { distance } from '../../src/evidence/picture-hash.ts';
import { type KnownPictures, preCheck, type Upload } from '../../src/evidence/pre-check.ts';
import { atOnce } from '../../src/evidence/queue.ts';
import { afterVision } from '../../src/evidence/vision.ts';
import { shippedReturnsPolicy } from '../policy/returns/shipped.ts';
import { jpegOf, scene } from './pictures.ts';

const { evidence: rules } = shippedReturnsPolicy();
const nobody: KnownPictures = { matches: async () => [] };
const upload = (files: readonly Uint8Array[], more: Partial<Upload> = {}): Upload => ({
  ...{ returnId: 'ret_1', reason: 'size', deliveredAt: null, files },
  ...more,
});

async function checked(files: readonly Uint8Array[], more: Partial<Upload> = {}, known = nobody) {
  const found = await preCheck({ known, rules, decodes: atOnce(2) })(upload(files, more));
  if ('refused' in found) return found.refused;
  return [found.outcome, ...found.checks.map(({ check }) => check)];
}

let good: Buffer[];
beforeAll(async () => {
  good = await Promise.all([1, 2, 3].map((seed) => jpegOf(seed)));
});
const file = (at: number): Buffer => good[at] as Buffer;

describe('evidence', () => {
  it('in order passes', async () => {
    expect(await checked([file(0)])).toEqual(['pass']);
    expect(await checked([file(0), file(1)], { reason: 'damaged' })).toEqual(['pass']);
  });

  it('of damage needs two pictures, and one picture twice is one', async () => {
    expect(await checked([file(0)], { reason: 'damaged' })).toEqual(['resubmit', 'count']);
    const again = await scene(1).flop().webp().toBuffer();
    expect(await checked([file(0), again], { reason: 'damaged' })).toEqual(['resubmit', 'count']);
  });

  it.each<[string, () => Promise<Buffer>, Check['check'][]]>([
    ['blurred', () => scene(1).blur(12).jpeg().toBuffer(), ['sharpness']],
    ['small', () => scene(1).resize(400, 300).jpeg().toBuffer(), ['size']],
    ['dark', () => scene(1).linear(0.1).jpeg().toBuffer(), ['brightness']],
    ['bright', () => scene(1).linear(0.4, 200).jpeg().toBuffer(), ['brightness']],
  ])('that is %s is asked for again, with the reason', async (_, bytes, checks) => {
    const [outcome, ...found] = await checked([await bytes()]);
    expect(outcome).toBe('resubmit');
    expect(found).toEqual(expect.arrayContaining(checks));
  });

  it('that was shown for another return is seen by a person', async () => {
    const stored = (await look(file(0))) as Picture;
    const known: KnownPictures = {
      matches: async ({ hashes, most }) => {
        const away = Math.min(...hashes.map((hash) => distance(stored.hashes[0] ?? '', hash)));
        return away <= most ? [{ returnId: 'ret_0' }] : [];
      },
    };
    expect(await checked([await jpegOf(1, 50)], {}, known)).toEqual(['review', 'duplicate']);
    expect(await checked([file(1)], {}, known)).toEqual(['pass']);
  });

  it('taken before the delivery is seen by a person; without a time it is as good as any', async () => {
    const exif = { IFD2: { DateTimeOriginal: '2026:11:01 10:00:00', OffsetTimeOriginal: '+08:00' } };
    const dated = await scene(1).jpeg().withExif(exif).toBuffer();
    const taken = Date.parse('2026-11-01T10:00:00+08:00');
    expect(await checked([dated], { deliveredAt: taken + 1 })).toEqual(['review', 'time']);
    expect(await checked([dated], { deliveredAt: taken })).toEqual(['pass']);
    expect(await checked([file(0)], { deliveredAt: Date.parse('2026-11-20T00:00:00Z') })).toEqual(['pass']);
  });

  it('that is no picture is refused as a whole', async () => {
    expect(await checked([file(0), Buffer.from('x')])).toEqual([{ file: 1, why: 'type' }]);
    expect(await checked([])).toEqual([{ file: null, why: 'none' }]);
    expect(await checked(new Array(7).fill(file(0)))).toEqual([{ file: null, why: 'too_many_files' }]);
  });

  it('that could not be looked at in time is seen by a person', () => {
    const checks = judge([{ picture: undefined, matches: [] }], { rules, reason: 'size', deliveredAt: null });
    expect([worstOf(checks), checks[0]?.text.zh]).toEqual(['review', '图片处理超时，由人工审核']);
  });
});

describe('the second look', () => {
  it('moves only a pass to a person, and past a person only what is surely right and no duplicate', () => {
    const checkOf = (check: Check['check'], outcome: Outcome): Check => ({
      file: 0,
      check,
      outcome,
      text: { en: 'x', zh: 'x' },
    });
    const checks = fc.array(
      fc.constantFrom(checkOf('duplicate', 'review'), checkOf('time', 'review'), checkOf('size', 'resubmit')),
      { maxLength: 3 },
    );
    const said = fc.option(
      fc.record({
        ...{ showsProduct: fc.boolean(), damageVisible: fc.boolean(), matchesReason: fc.boolean() },
        ...{ confidence: fc.double({ min: 0, max: 1, noNaN: true }), notes: fc.constant('') },
      }),
      { nil: undefined },
    );
    fc.assert(
      fc.property(checks, said, fc.constantFrom('damaged', 'size'), (before, found, reason) => {
        const first = worstOf(before);
        const { outcome } = afterVision(before, found, reason);
        if (first === 'resubmit') expect(outcome).toBe('resubmit');
        if (found === undefined && first !== 'resubmit') expect(outcome).toBe('review');
        if (first === 'review' && outcome === 'pass') {
          expect(before.some(({ check }) => check === 'duplicate')).toBe(false);
          expect(found?.confidence).toBeGreaterThanOrEqual(0.8);
          expect(found?.showsProduct && found.matchesReason && (reason !== 'damaged' || found.damageVisible)).toBe(
            true,
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});

it('two are decoded at once and no more, whatever fails', async () => {
  const decodes = atOnce(2);
  let running = 0;
  let most = 0;
  const work = (fails: boolean) => async () => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    if (fails) throw new Error('x');
  };
  const done = await Promise.allSettled([false, true, false, true, false].map((fails) => decodes(work(fails))));
  expect([most, running, done.map(({ status }) => status)]).toEqual([
    2,
    0,
    ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  ]);
});
