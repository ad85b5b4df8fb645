// Everything that a person does leaves a row: who, when, what, on which record; over the real store.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReturnAsked } from '../../src/core/core.ts';
import { createDesk } from '../../src/evidence-desk.ts';
import { allRoutes } from '../../src/gateway/gateway.ts';
import { createLog } from '../../src/log.ts';
import { read, root } from '../architecture/sources.ts';
import { type Result, type Scene, scene } from '../core/scene.ts';
import { addressA, shopOrder } from '../core/words.ts';
import { createHub, type Hub, json } from '../gateway/hub.ts';
import { fakeSystem, reconcileWith } from '../intake/reconcile/scene.ts';
import { customer, delivered, returnsInForce } from '../intake/returns/words.ts';
import { inForce } from '../intake/routing/words.ts';
import { shippedText } from '../policy/routing/shipped.ts';

const keys = 'mei:operate+read=k-mei;lei:operate=k-lei;root:admin=k-root;desk:read+pii+operate+policy+metrics=k-desk';
let store: Scene;
let hub: Hub;
let made: Result;

beforeEach(async () => {
  store = await scene();
  made = await store.say('shop', { record: 'order', data: shopOrder() });
  hub = createHub({ core: store.core, keys });
});
afterEach(() => store.close());

interface Row {
  at: string;
  actor: string;
  action: string;
  target: string;
  recordId: string | null;
  detail: Record<string, unknown>;
}

async function rows(query = ''): Promise<Row[]> {
  const response = await hub.send(`/v1/audit${query}`, { key: 'k-root' });
  expect(response.status).toBe(200);
  return ((await response.json()) as { items: Row[] }).items;
}

const ok = async (path: string, init: RequestInit & { key?: string }): Promise<void> => {
  const response = await hub.send(path, init);
  expect({ path, status: response.status, text: await response.clone().text() }).toMatchObject({
    status: expect.toSatisfy((status: number) => status >= 200 && status < 300),
  });
};

const by = (key: string, body: object = {}) => ({ ...json(body), key });
const record = () => `/v1/records/order/${made.id}`;

/** A copy that the WMS refuses. @returns its dead letter */
async function refuse(): Promise<string> {
  const [send] = await store.due('wms');
  if (send) await store.fail(send, { kind: 'rejected', message: 'no such area', status: 422, sent: true });
  return (await store.core.deadLetters({}, 10, null)).items[0]?.id ?? '';
}

async function freeze(): Promise<string> {
  const [toWms] = await store.due('wms');
  const [toCrm] = await store.due('crm');
  if (toWms) await store.deliver(toWms, 'W-7');
  if (toCrm) await store.deliver(toCrm, '8812');
  await store.say('wms', { record: 'order', data: { id: 'W-7', stage: 'SHIPPED' } });
  await store.say('crm', { record: 'order', id: '8812', data: { id: '8812', receiver: { address: '晚街' } } });
  return (await store.core.tasks('open', 10, null)).items[0]?.id ?? '';
}

/** Shop and CRM undo each other's street until the unit is held. */
async function quarrel(): Promise<void> {
  for (let turn = 1; turn <= 5; turn++) {
    for (const [system, id] of [
      ['shop', '1001'],
      ['crm', '8812'],
    ] as const)
      for (const send of await store.due(system)) await store.deliver(send, id);
    store.pass(10_000);
    const street = turn % 2 === 0 ? addressA.street : '新街 9 号';
    const updated_at = new Date(store.now()).toISOString();
    if (turn % 2 === 0)
      await store.say('shop', { record: 'order', data: shopOrder({ ship_to: { ...addressA, street }, updated_at }) });
    else
      await store.say('crm', {
        record: 'order',
        data: { id: '8812', updatedAt: store.now(), receiver: { address: street } },
      });
  }
}

interface Deed {
  /** @returns the path, with what has to be there made */
  path(): Promise<string>;
  init: RequestInit & { key?: string };
  row: Partial<Row> | ((path: string) => Partial<Row>);
}

const ofPolicy = (what: string, version: number) => ({
  ...{ actor: 'desk', action: `policy.${what}`, target: `routing@${version}`, recordId: null },
});

const steps = ['check', 'shadow', 'backtest', 'approve', 'activate'];

/** A version for which this is the next step. @returns its path */
async function policyUpTo(next: string, version = 1): Promise<string> {
  const versions = '/v1/policies/routing/versions';
  const { init } = deeds['post /v1/policies/:name/versions'] as Deed;
  await ok(versions, init);
  for (const step of steps.slice(0, steps.indexOf(next))) {
    if (step === 'shadow') continue;
    await ok(`${versions}/${version}/${step}`, by(step === 'approve' ? 'k-root' : 'k-desk'));
  }
  return `${versions}/${version}/${next}`;
}

/** A file that is there, so that no backup is made. */
const taken = join(root, 'package.json');

/** The id in a path. */
const partOf = (path: string): string => path.split('/')[3] ?? '';

let asked: object;
let undecided: string;

/** With the returns policy in force, and an order that was delivered to a new customer. */
async function openReturns(returns = returnsInForce()): Promise<void> {
  await store.close();
  store = await scene({ returns });
  const bench = async () => ({ outcome: 'pass' as const, checks: [], pictures: [], smaller: [] });
  const log = createLog({ level: 'silent', to: { write: () => undefined } });
  const evidence = createDesk({ core: store.core, folder: 'never', bench, log, newId: () => 'upload' });
  hub = createHub({ core: store.core, keys, deps: { evidence } });
  const buyer = await customer(store);
  const { id } = await delivered(store, buyer);
  asked = { customer: buyer, order: id, lines: [{ orderLine: '1', quantity: 1 }], reason: 'size' };
}

/** @param fails its first decision does */
async function aReturn(fails = false): Promise<string> {
  const returns = returnsInForce();
  const [rule] = returns.policy.grants;
  const { when } = rule as NonNullable<typeof rule>;
  let isBroken = fails;
  const holds: typeof when.holds = (facts) => {
    if (isBroken) throw new Error('no such thing');
    return when.holds(facts);
  };
  const grants = returns.policy.grants.map((one, at) => (at === 0 ? { ...one, when: { ...when, holds } } : one));
  await openReturns({ ...returns, policy: { ...returns.policy, grants } });
  const { id } = await store.core.requestReturn(asked as ReturnAsked, 'desk');
  isBroken = false;
  return id;
}

const deeds: Record<string, Deed> = {
  'patch /v1/records/:type/:id': {
    path: async () => record(),
    init: {
      method: 'PATCH',
      key: 'k-mei',
      body: JSON.stringify({ shipTo: { street: '新街 9 号' }, buyerNote: null }),
      headers: { 'content-type': 'application/merge-patch+json', 'if-match': '"1"' },
    },
    row: () => ({ action: 'record.patch', target: made.id, detail: { fields: ['shipTo.street', 'buyerNote'] } }),
  },
  'post /v1/records/:type/:id/replicas/:system/hold': {
    path: async () => `${record()}/replicas/wms/hold`,
    init: by('k-mei', { reason: 'stock-taking' }),
    row: () => ({ action: 'replica.hold', target: `wms:${made.id}`, detail: { reason: 'stock-taking' } }),
  },
  'post /v1/records/:type/:id/replicas/:system/release': {
    path: async () => {
      await ok(`${record()}/replicas/wms/hold`, by('k-lei'));
      return `${record()}/replicas/wms/release`;
    },
    init: by('k-mei'),
    row: () => ({ action: 'replica.release', target: `wms:${made.id}` }),
  },
  'post /v1/records/:type/:id/units/:unit/release': {
    path: async () => {
      await quarrel();
      return `${record()}/units/shipTo/release`;
    },
    init: by('k-mei'),
    row: () => ({ action: 'unit.release', target: `${made.id}:shipTo`, detail: { set: false } }),
  },
  'post /v1/deadletters/replay': {
    path: async () => {
      await refuse();
      return '/v1/deadletters/replay';
    },
    init: by('k-mei', { filter: { system: 'wms' } }),
    row: { action: 'deadletter.replay' },
  },
  'post /v1/deadletters/:id/replay': {
    path: async () => `/v1/deadletters/${await refuse()}/replay`,
    init: by('k-mei', { patch: { shipTo: { street: '新街 9 号' } } }),
    row: (path) => ({
      action: 'deadletter.replay',
      target: partOf(path),
      detail: expect.objectContaining({ system: 'wms', fields: ['shipTo.street'] }),
    }),
  },
  'post /v1/deadletters/:id/discard': {
    path: async () => `/v1/deadletters/${await refuse()}/discard`,
    init: by('k-mei', { reason: 'cancelled by phone' }),
    row: { action: 'deadletter.discard', detail: { system: 'wms', reason: 'cancelled by phone' } },
  },
  'post /v1/tasks/:id/done': {
    path: async () => `/v1/tasks/${await freeze()}/done`,
    init: by('k-mei', { decision: 'keep', reason: 'asked' }),
    row: (path) => ({ action: 'task.done', target: partOf(path), recordId: partOf(path) }),
  },
  'post /v1/systems/:system/pause': {
    path: async () => '/v1/systems/wms/pause',
    init: by('k-mei', { reason: 'stock-taking' }),
    row: { action: 'system.paused', target: 'wms', recordId: null, detail: { reason: 'stock-taking' } },
  },
  'post /v1/systems/:system/resume': {
    path: async () => '/v1/systems/wms/resume',
    init: by('k-mei'),
    row: { action: 'system.active', target: 'wms', recordId: null },
  },
  'post /v1/systems/:system/check': {
    path: async () => '/v1/systems/wms/check',
    init: by('k-mei'),
    row: { action: 'system.check', target: 'wms', recordId: null, detail: { ok: true } },
  },
  'post /v1/systems/:system/reconcile': {
    path: async () => {
      const { reconciler } = reconcileWith(store, fakeSystem('wms'));
      hub = createHub({ core: store.core, keys, deps: { reconciler } });
      return '/v1/systems/wms/reconcile';
    },
    init: by('k-mei', { repair: true }),
    row: { action: 'system.reconcile', target: 'wms', recordId: null, detail: { repair: true, records: ['order'] } },
  },
  'post /v1/routing/decisions': {
    path: async () => {
      await store.close();
      store = await scene({ routing: inForce() });
      made = await store.say('shop', { record: 'order', data: shopOrder({ payment: 'unpaid' }) });
      hub = createHub({ core: store.core, keys });
      return '/v1/routing/decisions';
    },
    get init() {
      return by('k-mei', { order: made.id, mode: 'live' });
    },
    row: () => ({ action: 'routing.decide', target: made.id, detail: { decision: expect.any(String), again: true } }),
  },
  'post /v1/policies/:name/versions': {
    path: async () => '/v1/policies/routing/versions',
    init: by('k-desk', { document: shippedText, warehouses: read('policies/warehouses.yaml') }),
    row: { ...ofPolicy('create', 1), detail: {} },
  },
  'post /v1/policies/:name/versions/:version/check': {
    path: () => policyUpTo('check'),
    init: by('k-desk'),
    row: { ...ofPolicy('check', 1), detail: { outcome: 'passed' } },
  },
  'post /v1/policies/:name/versions/:version/backtest': {
    path: () => policyUpTo('backtest'),
    init: by('k-desk'),
    row: { ...ofPolicy('backtest', 1), detail: { passed: true, changedShareBp: 0 } },
  },
  'post /v1/policies/:name/versions/:version/shadow': {
    path: () => policyUpTo('shadow'),
    init: by('k-desk', { running: true }),
    row: ofPolicy('shadow', 1),
  },
  'post /v1/policies/:name/versions/:version/approve': {
    path: () => policyUpTo('approve'),
    init: by('k-root'),
    row: { ...ofPolicy('approve', 1), actor: 'root' },
  },
  'post /v1/policies/:name/versions/:version/activate': {
    path: () => policyUpTo('activate'),
    init: by('k-desk'),
    row: ofPolicy('activate', 1),
  },
  'post /v1/policies/:name/rollback': {
    path: async () => {
      await ok(await policyUpTo('activate'), by('k-desk'));
      await ok(await policyUpTo('activate', 2), by('k-desk'));
      return '/v1/policies/routing/rollback';
    },
    init: by('k-desk', { to: 1, reason: 'too many holds' }),
    row: { ...ofPolicy('rollback', 3), detail: { to: 1, reason: 'too many holds' } },
  },
  'post /v1/returns': {
    path: async () => {
      await openReturns();
      return '/v1/returns';
    },
    get init() {
      return by('k-mei', asked);
    },
    row: { action: 'return.request', target: expect.any(String), recordId: expect.any(String) },
  },
  'post /v1/returns/:id/events': {
    path: async () => `/v1/returns/${await aReturn()}/events`,
    init: by('k-mei', { type: 'cancelled', id: 'by-phone' }),
    row: (path) => ({ action: 'return.event', target: partOf(path), recordId: partOf(path) }),
  },
  'post /v1/returns/:id/review': {
    path: async () => `/v1/returns/${await aReturn()}/review`,
    init: by('k-mei', { decision: 'approve', reason: 'seen the photos' }),
    row: (path) => ({ action: 'return.review', target: partOf(path), recordId: partOf(path) }),
  },
  'post /v1/returns/:id/evidence': {
    path: async () => `/v1/returns/${await aReturn()}/evidence`,
    get init() {
      const body = new FormData();
      body.append('files', new Blob(['picture']), 'a.jpg');
      return { method: 'POST', key: 'k-mei', body };
    },
    row: (path) => ({ action: 'return.evidence', target: partOf(path), recordId: partOf(path) }),
  },
  'post /v1/returns/decisions': {
    path: async () => {
      undecided = await aReturn(true);
      return '/v1/returns/decisions';
    },
    get init() {
      return by('k-mei', { mode: 'live', return: undecided });
    },
    row: () => ({ action: 'return.decide', target: undecided, recordId: undecided }),
  },
  'post /v1/breakers/:id/open': {
    path: async () => {
      await openReturns();
      return '/v1/breakers/shop-refund-first-loss/open';
    },
    init: by('k-mei', { scopeKey: 'sh', reason: 'a strange week' }),
    row: { action: 'breaker.open', target: 'shop-refund-first-loss', recordId: null },
  },
  'post /v1/breakers/:id/close': {
    path: async () => {
      await openReturns();
      return '/v1/breakers/shop-refund-first-loss/close';
    },
    init: by('k-mei', { scopeKey: 'sh', reason: 'it was a mistake' }),
    row: { action: 'breaker.close', target: 'shop-refund-first-loss', recordId: null },
  },
  'post /v1/keys': {
    path: async () => '/v1/keys',
    init: by('k-root', { system: 'erp', scopes: ['feed'] }),
    row: { action: 'key.create', actor: 'root', recordId: null, detail: { name: 'erp', scopes: ['feed'] } },
  },
  'delete /v1/keys/:id': {
    path: async () => {
      await ok('/v1/keys', by('k-root', { system: 'erp', scopes: ['feed'] }));
      return `/v1/keys/${(await store.core.apiKeys())[0]?.id}`;
    },
    init: { method: 'DELETE', key: 'k-root' },
    row: (path) => ({ action: 'key.revoke', actor: 'root', target: partOf(path), recordId: null }),
  },
  'post /v1/backups': {
    path: async () => '/v1/backups',
    init: by('k-root', { path: taken }),
    row: { action: 'store.backup', actor: 'root', target: taken, recordId: null },
  },
};

describe('a deed', () => {
  it.each(Object.keys(deeds))('%s leaves one row: who, when, what, on which record', async (name) => {
    const deed = deeds[name] as Deed;
    const where = await deed.path();
    const { init, row } = deed;
    const before = await rows();
    // A backup over something that is there is refused; that somebody asked for a copy of everything is told all the same.
    if (name === 'post /v1/backups') await hub.send(where, init);
    else await ok(where, init);
    const after = await rows();
    expect(after).toHaveLength(before.length + 1);
    const at = new Date(store.now()).toISOString();
    const expected = { at, actor: 'mei', recordId: made.id, ...(typeof row === 'function' ? row(where) : row) };
    expect(after[0]).toMatchObject(expected);
  });

  it('of every route that changes something is among these', () => {
    const changing = allRoutes(hub.deps).filter(
      ({ method, access }) => method !== 'get' && typeof access === 'object' && 'any' in access,
    );
    expect(changing.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(deeds).sort());
  });

  it('that is refused leaves none', async () => {
    const { path, init } = deeds['patch /v1/records/:type/:id'] as Deed;
    const { body, ...rest } = init;
    const refused = await hub.send(await path(), { ...rest, body: JSON.stringify({ number: 'SO-2' }) });
    expect(refused.status).toBe(409);
    expect((await hub.send(await path(), { ...init, key: 'k-wrong' })).status).toBe(401);
    expect(await rows()).toEqual([]);
    expect(body).toBeDefined();
  });

  it('that only counts leaves none', async () => {
    await refuse();
    await ok('/v1/deadletters/replay', by('k-mei', { filter: {}, dryRun: true }));
    expect(await rows()).toEqual([]);
  });
});

describe('the audit', () => {
  const patch = (field: object, version: number, key: string) =>
    hub.send(record(), {
      method: 'PATCH',
      key,
      body: JSON.stringify(field),
      headers: { 'content-type': 'application/merge-patch+json', 'if-match': `"${version}"` },
    });

  it('holds no value of a record, only the names of the fields', async () => {
    await patch({ shipTo: { name: '王芳', street: '新街 9 号' } }, 1, 'k-mei');
    const text = await (await hub.send('/v1/audit', { key: 'k-root' })).text();
    for (const value of ['王芳', '新街 9 号', addressA.name, addressA.phone]) expect(text).not.toContain(value);
    expect(text).toContain('shipTo.street');
  });

  it('is read by page, newest first, by who and by record', async () => {
    await patch({ buyerNote: 'a' }, 1, 'k-mei');
    await patch({ buyerNote: 'b' }, 2, 'k-lei');
    await ok('/v1/systems/wms/pause', by('k-mei'));
    const response = await hub.send('/v1/audit?limit=2', { key: 'k-root' });
    const page = (await response.json()) as { items: Row[]; next: string };
    expect(page.items.map(({ action, actor }) => `${actor} ${action}`)).toEqual([
      'mei system.paused',
      'lei record.patch',
    ]);
    expect(response.headers.get('link')).toContain(`after=${page.next}`);
    expect((await rows(`?limit=2&after=${page.next}`)).map(({ actor }) => actor)).toEqual(['mei']);
    expect((await rows(`?recordId=${made.id}`)).map(({ actor }) => actor)).toEqual(['lei', 'mei']);
    expect((await rows('?actor=lei')).map(({ action }) => action)).toEqual(['record.patch']);
    expect((await hub.send('/v1/audit?after=x', { key: 'k-root' })).status).toBe(400);
  });

  it('is for administrators', async () => {
    expect((await hub.send('/v1/audit', { key: 'k-desk' })).status).toBe(403);
    expect((await hub.send('/v1/audit', { key: '' })).status).toBe(401);
  });
});
