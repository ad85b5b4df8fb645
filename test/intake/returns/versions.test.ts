// Versions of the returns policy over HTTP: which of them governs the next return.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReturnDecisionView } from '../../../src/core/core.ts';
import { read } from '../../architecture/sources.ts';
import type { Scene } from '../../core/scene.ts';
import { createHub, type Hub, json } from '../../gateway/hub.ts';
import { day, delivered, goodCustomer, returnsScene } from './words.ts';

const shipped = read('policies/returns.yaml');
/** Nothing dear is refunded first. */
const stricter = shipped
  .replace('refundFirstMaxMinor: 100000', 'refundFirstMaxMinor: 20000')
  .replaceAll('amountMinor: 100000', 'amountMinor: 20000')
  .replaceAll('amountMinor: 100001', 'amountMinor: 20001');

let store: Scene;
let hub: Hub;
let buyer: string;
beforeEach(async () => {
  store = await returnsScene();
  hub = createHub({ core: store.core, keys: 'mei:policy=k-mei;lei:policy=k-lei;desk:operate+read=k-desk' });
  // With so many orders three returns are no rate.
  buyer = await goodCustomer(store, 40);
});
afterEach(() => store.close());

interface Answer {
  status: number;
  body: { [member: string]: unknown };
}

async function ask(path: string, body: object | undefined, key: string): Promise<Answer> {
  const response = await hub.send(path, body === undefined ? { key } : { ...json(body), key });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

const versions = '/v1/policies/returns/versions';
const make = async (document: string): Promise<number> =>
  Number((await ask(versions, { document }, 'k-mei')).body.version);

/** Up to its activation, each step over HTTP. */
async function activate(document: string): Promise<Answer> {
  const version = await make(document);
  for (const [step, body, key] of [
    ['check', {}, 'k-mei'],
    ['backtest', { maxChangedShareBp: 10_000 }, 'k-mei'],
    ['approve', {}, 'k-lei'],
  ] as const) {
    const { status, body: said } = await ask(`${versions}/${version}/${step}`, body, key);
    expect({ step, status, said }).toMatchObject({ status: 200 });
  }
  return ask(`${versions}/${version}/activate`, {}, 'k-mei');
}

/** The next return of the good customer. */
async function next(): Promise<Answer> {
  const { id: order } = await delivered(store, buyer);
  const lines = [{ orderLine: '1', quantity: 1 }];
  return ask('/v1/returns', { customer: buyer, order, lines, reason: 'size' }, 'k-desk');
}
const decided = async (): Promise<[number, string]> => {
  const { status, body } = await next();
  expect(status, JSON.stringify(body)).toBe(201);
  const { version, refund } = body.decision as ReturnDecisionView;
  return [version, refund];
};

it('one that is activated governs the next return, and a rollback the one after it', async () => {
  expect(await activate(shipped)).toMatchObject({ status: 200, body: { state: 'active', version: 1 } });
  expect(await decided()).toEqual([1, 'before_return']);
  expect(await activate(stricter)).toMatchObject({ status: 200, body: { state: 'active', version: 2 } });
  expect(await decided()).toEqual([2, 'on_receipt']);
  const back = await ask('/v1/policies/returns/rollback', { to: 1, reason: 'too strict' }, 'k-mei');
  expect(back).toMatchObject({ status: 200, body: { state: 'active', version: 3, rollbackOf: 1 } });
  expect(await decided()).toEqual([3, 'before_return']);
});

it('one governs from its time on until its time is over, and what was asked for lives on', async () => {
  await activate(shipped);
  const at = (days: number) => new Date(store.now() + days * day).toISOString();
  const during = stricter.replace(/^timezone:/m, `effective: { from: "${at(1)}", until: "${at(3)}" }\ntimezone:`);
  expect(await activate(during)).toMatchObject({ status: 200, body: { state: 'scheduled' } });
  expect(await decided()).toEqual([1, 'before_return']);
  store.pass(day);
  await store.core.runTimers();
  const { status, body } = await next();
  expect({ status, version: (body.decision as ReturnDecisionView).version }).toEqual({ status: 201, version: 2 });
  store.pass(2 * day);
  await store.core.runTimers();
  expect(await next()).toMatchObject({
    ...{ status: 409, body: { detail: expect.stringContaining('ended with its version 2') } },
  });
  const told = await ask(`/v1/returns/${String(body.id)}/events`, { type: 'carrier_scanned', id: 'e-1' }, 'k-desk');
  expect(told.status).toBe(200);
  expect(await activate(shipped)).toMatchObject({ status: 200, body: { state: 'active', version: 3 } });
  expect((await next()).status).toBe(201);
});

it('one whose time is over decides of nothing any more, also of what was asked for before', async () => {
  const until = new Date(store.now() + day).toISOString();
  const short = stricter
    .replace(/^timezone:/m, `effective: { until: "${until}" }\ntimezone:`)
    .replace('when: customer.addressChanges >= 3 && !customer.identityVerified', 'when: "!customer.identityVerified"')
    .replace(/^tests:[\s\S]*$/m, '');
  await activate(shipped);
  expect(await activate(short)).toMatchObject({ body: { state: 'active', version: 2 } });
  const { body: asked } = await next();
  expect(asked).toMatchObject({
    data: { regions: { approval: 'awaiting_identity' } },
  });
  const { id: order } = await delivered(store, buyer);
  // Nobody has looked at the clock yet: the version itself says when its force ends.
  store.pass(day);
  const thought = { mode: 'dry_run', customer: buyer, order, lines: [{ orderLine: '1', quantity: 1 }], reason: 'size' };
  const over = { status: 409, body: { detail: expect.stringContaining('ended with its version 2') } };
  expect(await next()).toMatchObject(over);
  expect(await ask('/v1/returns/decisions', thought, 'k-desk')).toMatchObject(over);
  const { facts } = asked.decision as ReturnDecisionView;
  expect(await ask('/v1/returns/decisions', { mode: 'dry_run', facts }, 'k-desk')).toMatchObject(over);
  const id = String(asked.id);
  const shown = await ask(`/v1/returns/${id}/events`, { type: 'identity_verified', id: 'e-1' }, 'k-desk');
  expect(shown).toMatchObject({ status: 200, body: { data: { regions: { approval: 'in_review' }, needs: [] } } });
  const live = await ask('/v1/returns/decisions', { mode: 'live', return: id }, 'k-desk');
  expect(live).toMatchObject({ status: 200, body: { id: (asked.decision as ReturnDecisionView).id } });
  const { items } = await store.core.decisions(id, 10, null);
  expect(items).toHaveLength(1);
  const reviewed = { decision: 'approve', reason: 'looked at' };
  expect((await ask(`/v1/returns/${id}/review`, reviewed, 'k-desk')).status).toBe(200);
});

it('a draft with ten faults is told ten, and is no version', async () => {
  const faulty = shipped
    .replace('timezone: Asia/Shanghai', 'timezone: Asia/Shangai')
    .replace('window: P6M', 'window: half a year')
    .replace('baseline: { approval: manual', 'baseline: { approval: manuel')
    .replace('customer.returnRateBp < 1000', 'customer.returnRateBp <= 1000')
    .replace('customer.lifetimeSpendMinor >= 500000', 'customer.lifetimeSpnd >= 500000')
    .replace('needs: [evidence]', 'needs: [evidense]')
    .replace('level: yellow', 'levl: yellow')
    .replace('customer.addressChanges >= 3', 'customer.addressChanges / 2 > 1')
    .replace('coolDown: P7D', 'coolDown: a week')
    .replace('refundFirstMaxMinor: 100000', 'refundFirstMaxMinor: -1');
  const { status, body } = await ask(versions, { document: faulty }, 'k-mei');
  expect(status).toBe(400);
  const paths = (body.faults as { path: string; message: string }[]).map(({ path }) => path);
  expect(paths.length, JSON.stringify(body.faults, null, 1)).toBeGreaterThanOrEqual(10);
  expect((await ask('/v1/policies/returns', undefined, 'k-mei')).body).toMatchObject({ active: null, versions: [] });
});
