// The bench over many uploads: what it remembers, what it sees at once, and what the desk does where it has ended.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EvidenceCase } from '../../src/core/core.ts';
import { createBench, type KnownPicture, type Shown } from '../../src/evidence/bench.ts';
import { look } from '../../src/evidence/look.ts';
import { type AtOnce, atOnce } from '../../src/evidence/queue.ts';
import { createDesk } from '../../src/evidence-desk.ts';
import { createLog } from '../../src/log.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { shippedReturnsPolicy } from '../policy/returns/shipped.ts';
import { jpegOf } from './pictures.ts';

const { evidence: rules } = shippedReturnsPolicy();
let home: string;
let known: KnownPicture;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'syncline-bench-'));
  const seen = await look(await jpegOf(1));
  if (!('hashes' in seen)) throw new Error('it cannot be looked at');
  const [pictureHash = ''] = seen.hashes;
  known = { no: 1, returnId: 'ret_0', customerId: 'cus_0', sha256: seen.sha256, pictureHash };
});
afterAll(() => rm(home, { recursive: true }));

const shown = (returnId: string, files: readonly Uint8Array[], more: Partial<Shown> = {}): Shown => ({
  ...{ returnId, reason: 'size', deliveredAt: null, files, rules, known: [] },
  ...more,
});

it('two uploads at once share the decodes: two, and no more', async () => {
  let running = 0;
  let most = 0;
  const limited = atOnce(2);
  const counted: AtOnce = (work) =>
    limited(async () => {
      most = Math.max(most, ++running);
      return await work().finally(() => running--);
    });
  const bench = createBench(counted);
  const files = await Promise.all([1, 2].map((seed) => jpegOf(seed)));
  await Promise.all([bench(shown('ret_1', files)), bench(shown('ret_2', files))]);
  expect([most, running]).toEqual([2, 0]);
});

it('one picture for two returns at once is for a person to see, though neither is kept yet', async () => {
  const bench = createBench();
  const picture = await jpegOf(1);
  const both = await Promise.all([bench(shown('ret_1', [picture])), bench(shown('ret_2', [picture]))]);
  expect(both.map((one) => ('outcome' in one ? one.outcome : 'refused')).sort()).toEqual(['pass', 'review']);
  expect(await bench(shown('ret_1', [picture]))).toMatchObject({ outcome: 'review' });
});

it('what it is told twice counts once', async () => {
  const bench = createBench();
  const picture = await jpegOf(1);
  for (let time = 0; time < 2; time++) {
    const found = await bench(shown('ret_1', [picture], { known: [known] }));
    expect(found).toMatchObject({ outcome: 'review', checks: [{ check: 'duplicate' }] });
  }
});

it('the desk keeps one picture that is shown twice at once, once', async () => {
  const folder = join(home, 'twice');
  let no = 0;
  const desk = createDesk({
    core: {
      evidenceCase: async (returnId) => ({
        ...{ returnId, reason: 'size', deliveredAt: null, known: [] },
        rules: rules as unknown as JsonObject,
      }),
      saveEvidence: async () => ({}) as never,
    },
    folder,
    bench: createBench(),
    log: createLog({ level: 'fatal', to: { write: () => undefined } }),
    newId: () => `u${++no}`,
  });
  const picture = await jpegOf(1);
  const shownTwice = [desk.show('ret_1', [picture, picture], 'ops'), desk.show('ret_2', [picture], 'ops')];
  expect((await Promise.all(shownTwice)).every((one) => 'outcome' in one)).toBe(true);
  expect((await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())).toHaveLength(
    1,
  );
});

it('the desk tells a new bench everything, where one has ended', async () => {
  const told: number[][] = [];
  let ends = true;
  const bench = createBench();
  const desk = createDesk({
    core: {
      evidenceCase: async (_, knownUpTo) =>
        ({
          ...{ returnId: 'ret_1', reason: 'size', deliveredAt: null, rules: rules as unknown as JsonObject },
          known: knownUpTo < known.no ? [known] : [],
        }) satisfies EvidenceCase,
      saveEvidence: async () => ({}) as never,
    },
    folder: home,
    bench: async (one) => {
      told.push(one.known.map(({ no }) => no));
      if (ends) throw new Error('the thread that looks at pictures has ended');
      return bench(one);
    },
    log: createLog({ level: 'fatal', to: { write: () => undefined } }),
    newId: () => 'u1',
  });
  const picture = await jpegOf(1);
  await expect(desk.show('ret_1', [picture], 'ops')).rejects.toThrow('has ended');
  ends = false;
  expect(await desk.show('ret_1', [picture], 'ops')).toMatchObject({ outcome: 'review' });
  expect(told).toEqual([[1], [1]]);
});
