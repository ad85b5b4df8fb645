// Several routing policies side by side, each for its channel: their life, what they decide, and orders that none is for.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { read } from '../architecture/sources.ts';
import { milkPowder } from '../intake/routing/words.ts';
import { shippedText } from '../policy/routing/shipped.ts';
import { type Scene, scene } from './scene.ts';

const warehouses = read('policies/warehouses.yaml');
let hub: Scene;
beforeEach(async () => {
  hub = await scene();
});
afterEach(() => hub.close());

const tagged = (scope: string, tag: string, effective = '{ until: null }'): string =>
  shippedText
    .replace(/^slots:/m, `scope: ${scope}\nslots:`)
    .replace(/^effective:.*$/m, `effective: ${effective}`)
    .replace('action: tag.add, key: vip', `action: tag.add, key: ${tag}`)
    .replaceAll('tags: [vip]', `tags: [${tag}]`);

const make = async (document: string): Promise<number> => {
  const { version } = await hub.core.makePolicyVersion('routing', { document, warehouses }, 'mei');
  await hub.core.checkPolicy('routing', version, 'mei');
  await hub.core.policyWorked('routing', version);
  return version;
};
const approved = async (document: string): Promise<number> => {
  const version = await make(document);
  await hub.core.backtestPolicy('routing', version, { maxChangedShareBp: 10_000 }, 'mei');
  await hub.core.policyWorked('routing', version);
  await hub.core.approvePolicy('routing', version, {}, 'lei');
  return version;
};
const inForce = async (document: string): Promise<number> => {
  const version = await approved(document);
  await hub.core.activatePolicy('routing', version, {}, 'mei');
  return version;
};
const states = async () =>
  (await hub.core.policy('routing')).versions.map(({ version, state }) => `${version} ${state}`);
let count = 0;
const order = async (channel: string, more: object = {}) => {
  const { id } = await hub.say('shop', milkPowder({ id: `${++count}`, order_number: `SO-${count}`, ...more }));
  const body = JSON.stringify({ channel });
  await hub.core.patch({ address: { type: 'order', id }, body, ifMatch: '*', actor: 'ops' });
  return id;
};
const dataOf = async (id: string) => (await hub.record('order', id)).data;
const alerts = () => hub.events.flatMap((event) => event.alerts.map(({ kind, message }) => `${kind}: ${message}`));
const refusal = (detail: string) => ({ problem: { status: 409, detail: expect.stringContaining(detail) } });
const at = (hours: number): string => new Date(hub.now() + hours * 3_600_000).toISOString();

describe('policies of scopes that share no order', () => {
  it('are in force side by side; each order is decided by the one of its channel, once', async () => {
    await inForce(tagged('{ channel: tmall }', 'cat'));
    await inForce(tagged('{ channel: jd }', 'dog'));
    expect(await states()).toEqual(['1 active', '2 active']);
    const [cat, dog] = [await order('tmall'), await order('jd')];
    expect([(await dataOf(cat)).tags, (await dataOf(dog)).tags]).toEqual([['cat'], ['dog']]);
    expect((await hub.core.decisions(cat, 10, null)).items.map(({ version }) => version)).toEqual([1]);
    expect((await hub.core.decisions(dog, 10, null)).items.map(({ version }) => version)).toEqual([2]);
    await hub.restart();
    const next = await order('jd');
    expect((await dataOf(next)).tags).toEqual(['dog']);
    expect((await hub.core.policy('routing')).versions[1]).toMatchObject({ scope: { channel: 'jd', store: '*' } });
  });

  it('are replaced and rolled back each by itself', async () => {
    await inForce(tagged('{ channel: tmall }', 'cat'));
    await inForce(tagged('{ channel: jd }', 'dog'));
    await inForce(tagged('{ channel: jd }', 'hound'));
    expect(await states()).toEqual(['1 active', '2 retired', '3 active']);
    expect((await dataOf(await order('jd'))).tags).toEqual(['hound']);
    await hub.core.rollbackPolicy('routing', { to: 2 }, 'mei');
    expect(await states()).toEqual(['1 active', '2 retired', '3 retired', '4 active']);
    expect((await dataOf(await order('jd'))).tags).toEqual(['dog']);
    expect((await dataOf(await order('tmall'))).tags).toEqual(['cat']);
  });

  it('end each by itself, and an order of the ended one is left', async () => {
    await inForce(tagged('{ channel: tmall }', 'cat', `{ until: "${at(1)}" }`));
    await inForce(tagged('{ channel: jd }', 'dog'));
    hub.pass(3_600_000);
    await hub.core.runTimers();
    expect(await states()).toEqual(['1 retired', '2 active']);
    expect(alerts()).toContain(
      'policy_ended: version 1 of the policy routing has ended, and none takes its place: nothing is decided of channel "tmall" until one is activated',
    );
    expect((await dataOf(await order('tmall'))).tags).toBeUndefined();
    expect((await dataOf(await order('jd'))).tags).toEqual(['dog']);
  });
});

describe('policies of scopes that share orders (S11)', () => {
  it('are refused beside each other at the check and the activation, with the other one and the next step', async () => {
    await inForce(shippedText);
    const version = await make(tagged('{ channel: tmall }', 'cat'));
    const message = 'routing@1, which is active, is for every order: orders of channel "tmall" would have two policies';
    expect(await hub.core.policyVersion('routing', version)).toMatchObject({
      state: 'draft',
      check: {
        faults: [
          {
            ...{ check: 'S11', path: 'scope', message },
            suggestion:
              'give it a scope that shares no order with that, or let routing@1 end first: activate a version of its scope whose effective says until',
          },
        ],
      },
    });
  });

  it('follow each other in time: the one for all ends, and those of the channels begin', async () => {
    await inForce(shippedText);
    await inForce(shippedText.replace(/^effective:.*$/m, `effective: { until: "${at(1)}" }`));
    const parts = ['tmall', 'jd'].map((channel) => tagged(`{ channel: ${channel} }`, channel, `{ from: "${at(1)}" }`));
    for (const part of parts) await inForce(part);
    expect(await states()).toEqual(['1 retired', '2 active', '3 scheduled', '4 scheduled']);
    expect((await dataOf(await order('tmall'))).tags).toEqual(['vip']);
    await expect(hub.core.activatePolicy('routing', 3, { effectiveFrom: at(0.5) }, 'mei')).rejects.toMatchObject(
      refusal('routing@2, which is active, is for every order'),
    );
    hub.pass(3_600_000);
    await hub.core.runTimers();
    expect((await states()).slice(0, 4)).toEqual(['1 retired', '2 retired', '3 active', '4 active']);
    expect((await dataOf(await order('jd'))).tags).toEqual(['jd']);
    await expect(hub.core.rollbackPolicy('routing', { to: 1 }, 'mei')).rejects.toMatchObject(
      refusal('routing@1 is retired: it cannot come back: routing@3, which is active, is for channel "tmall"'),
    );
  });
});

describe('an order that no policy is for', () => {
  it('is not routed, which is told once and to whoever asks; moved into a scope it is decided about', async () => {
    await inForce(tagged('{ channel: tmall }', 'cat'));
    const id = await order('pdd');
    expect((await dataOf(id)).tags).toBeUndefined();
    const why = 'no routing policy in force covers channel "pdd", store ""; version 1 is for channel "tmall"';
    const told = alerts().filter((one) => one.includes('"pdd"'));
    expect(told).toEqual([`routing_uncovered: order SO-${count} is not routed: ${why}`]);
    for (const mode of ['dry_run', 'live'] as const)
      await expect(hub.core.decide({ mode, order: id }, 'ops')).rejects.toMatchObject(refusal(why));
    await hub.core.patch({ address: { type: 'order', id }, body: '{"channel":"tmall"}', ifMatch: '*', actor: 'ops' });
    expect((await dataOf(id)).tags).toEqual(['cat']);
  });

  it('says nothing in a backtest of a policy for others', async () => {
    const unpaid = { payment: 'unpaid', paid_at: null };
    const all = shippedText.replace(
      'when: order.paymentStatus == "paid"',
      'when: order.paymentStatus == "paid" && order.channel != "x"',
    );
    await inForce(all.replace(/^effective:.*$/m, `effective: { until: "${at(1)}" }`));
    await order('tmall', unpaid);
    await order('jd', unpaid);
    const version = await approved(tagged('{ channel: tmall }', 'cat', `{ from: "${at(1)}" }`));
    expect(await hub.core.policyVersion('routing', version)).toMatchObject({
      backtest: { against: 1, decisions: 1, compared: 1, changed: 1, parts: [{ part: 'tags' }] },
    });
  });
});
