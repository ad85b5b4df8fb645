// Long work on policies in another thread: what crosses, how far it has come, and what becomes of it when it ends.
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Jobs } from '../../src/core/policies/jobs.ts';
import { serveWork } from '../../src/core/policies/serve-work.ts';
import { workHere } from '../../src/core/policies/work.ts';
import { workApart } from '../../src/core/policies/work-apart.ts';
import { read } from '../architecture/sources.ts';
import { shippedText } from '../policy/routing/shipped.ts';

const texts = { policy: 'routing', document: shippedText, warehouses: read('policies/warehouses.yaml') };
const other = { ...texts, document: shippedText.replace('payableMinor >= 50000', 'payableMinor >= 60000') };

/** Both ends in this thread: what crosses is cloned all the same. */
function apart() {
  const { port1, port2 } = new MessageChannel();
  serveWork(port2);
  return workApart({
    postMessage: (message) => port1.postMessage(message),
    on: (event, listener) => port1.on(event, listener),
    terminate: async () => {
      port1.close();
      return 0;
    },
  });
}

const facts = (more: object = {}) => ({
  order: {
    ...{ id: 'ord_1', number: '1', channel: '', storeId: '', status: 'open', paymentStatus: 'paid' },
    ...{ fulfillmentStatus: 'unfulfilled', riskStatus: 'none', onHold: false, payableMinor: 52000, currency: 'CNY' },
    ...{ handling: [], shipCountry: 'CN', shipDivision: '310000', lineCount: 1, totalQuantity: 1 },
    ...{ customerTier: '', fulfillmentGeneration: 0, holdSeq: 0, hoursSincePaid: 0, addressChangedAfterPaid: false },
    ...more,
  },
});
const past = (id: string, more: object = {}) => ({
  ...{ id, version: 1, subject: `ord_${id}`, at: 1, facts: facts() },
  ...{ outcome: { haltedBy: null, slots: {}, trace: [] }, error: null },
  ...more,
});

describe.each([
  ['here', workHere],
  ['in another thread', apart],
])('work %s', (_, start) => {
  it('checks, compares and replays', async () => {
    const work = start();
    expect(await work.load(texts)).toEqual({ effective: { from: Date.parse('2025-10-31T16:00:00Z'), until: null } });
    expect(await work.load({ ...texts, document: 'policy: routing' })).toMatchObject({
      faults: expect.arrayContaining([expect.objectContaining({ path: 'tiers' })]),
    });
    const reach = { systems: [], mappings: new Map() };
    expect(await work.check(texts, reach)).toMatchObject({ outcome: 'passed', tests: { failed: 0 } });
    const shares: number[] = [];
    expect(await work.diff(texts, other, (share) => shares.push(share))).toMatchObject({ verdict: 'different' });
    expect(shares.at(-1)).toBe(1);
    await work.end();
  });

  it('leaves out what cannot be compared, and says why', async () => {
    const work = start();
    await work.backtest(other, { ...texts, version: 7 });
    const { riskStatus: _risk, ...older } = facts().order;
    const { storeId: _store, ...unread } = facts().order;
    await work.add([
      past('a'),
      past('b', { facts: { order: older } }),
      past('c', { error: 'no facts' }),
      past('d', { facts: { order: { ...unread, gone: 1 } } }),
    ]);
    expect(await work.report()).toMatchObject({
      ...{ decisions: 4, compared: 2, changed: 2, failedThen: 1 },
      notComparable: { decisions: 1, facts: [{ fact: 'order.riskStatus', decisions: 1 }] },
    });
    await work.end();
  });

  it('that fails says why', async () => {
    const work = start();
    await expect(
      work.check({ ...texts, document: 'policy: routing' }, { systems: [], mappings: new Map() }),
    ).rejects.toThrow('this version of the policy routing cannot be read by this program');
    await work.end();
  });
});

describe('jobs', () => {
  it('are done one after the other, joined by name, and remembered when they fail', async () => {
    const jobs = new Jobs(workHere);
    const order: string[] = [];
    const first = jobs.start('a', async (_, at) => {
      at(0.5);
      order.push('a');
      expect(jobs.state('a')).toEqual({ state: 'running', progress: 0.5 });
      return 1;
    });
    const joined = jobs.start('a', async () => 2);
    const failing = jobs.start('b', async () => {
      order.push('b');
      throw new Error('too long');
    });
    expect(await Promise.all([first, joined])).toEqual([1, 1]);
    await expect(failing).rejects.toThrow('too long');
    await jobs.idle(['a', 'b']);
    expect(order).toEqual(['a', 'b']);
    expect(jobs.state('a')).toBeUndefined();
    expect(jobs.state('b')).toEqual({ state: 'failed', message: 'too long' });
    await jobs.close();
    await expect(jobs.start('c', async () => 1)).rejects.toThrow('stopping');
  });

  it('end with the hub', async () => {
    const jobs = new Jobs(apart);
    const cut = jobs.start('a', (work) => work.diff(texts, other, () => undefined));
    const told = expect(cut).rejects.toThrow('was stopped');
    await new Promise((turn) => setImmediate(turn));
    await jobs.close();
    await told;
  });
});
