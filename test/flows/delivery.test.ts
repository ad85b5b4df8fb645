// A hub over systems that fail: what it does meanwhile, what it shows, and what arrives in the end.
import { afterEach, describe, expect, it } from 'vitest';
import { type DeadLetterView, problemIn } from './client.ts';
import { orderChange, plainCustomer, plainMappings, plainOrder, source, target } from './documents.ts';
import { endAll, type Hub, startHub } from './hub.ts';
import { closeSystems, startSystem } from './system.ts';
import { until } from './until.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

const edit = (number: string, note: string): object => ({ record: 'order', id: number, data: { id: number, note } });
const metric = async (hub: Hub, series: string): Promise<number> => {
  const { text } = await hub.ask('GET', '/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  if (line === undefined) throw new Error(`/metrics has no ${series}`);
  return Number(line.split(' ')[1]);
};

describe('a system that fails', () => {
  it('opens its breaker, is probed at its pace, and gets only the newest state when it is back', async () => {
    const cooldownMs = 150;
    const wms = await startSystem();
    const hub = await startHub({
      // One send at a time: what arrives once the breaker is open is a probe.
      systems: {
        shop: source(),
        wms: target(wms, { delivery: { concurrency: 1 }, breaker: { cooldown: `${cooldownMs}ms` } }),
      },
      mappings: plainMappings,
    });
    const { id } = await hub.say('shop', orderChange('SO-0'));
    await hub.replicaIs(id, 'wms', 'synced');
    const down = wms.arrivals.length;
    wms.reply = () => ({ status: 503 });
    const others = await Promise.all([1, 2, 3, 4, 5].map((place) => hub.say('shop', orderChange(`SO-${place}`))));
    for (const note of ['a', 'b', 'c', 'd', 'newest']) await hub.say('shop', edit('SO-0', note));
    const open = await until(
      'the breaker is open',
      () => hub.system('wms'),
      ({ state }) => state === 'open',
    );
    expect(open.breaker.state).toBe('open');
    expect(await metric(hub, 'syncline_breaker_state{system="wms"}')).toBeGreaterThan(0);

    const opened = wms.arrivals.length;
    await until('four probes', () => wms.arrivals.length >= opened + 4);
    const probes = wms.arrivals.slice(opened, opened + 4).map(({ at }) => at);
    const gaps = probes.slice(1).map((at, index) => at - (probes[index] ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(cooldownMs - 5);

    const lag = (await hub.system('wms')).lagSeconds;
    expect(lag).toBeGreaterThan(0);
    await until(
      'the lag grows',
      () => hub.system('wms'),
      ({ lagSeconds }) => lagSeconds > lag,
    );
    for (const one of [id, ...others.map((other) => other.id)])
      expect((await hub.replica(one, 'wms')).attempts).toBeLessThanOrEqual(1);

    // Now not even its address answers.
    await wms.down();
    await until(
      'the connection is refused',
      () => hub.replica(id, 'wms'),
      ({ lastError }) => /refused/i.test(lastError ?? ''),
    );
    wms.reply = undefined;
    const back = wms.arrivals.length;
    await wms.up();
    for (const one of [id, ...others.map((other) => other.id)]) await hub.replicaIs(one, 'wms', 'synced');
    expect(await hub.system('wms')).toMatchObject({ state: 'active', breaker: { state: 'closed' }, lagSeconds: 0 });
    const updates = wms.arrivals.slice(back).filter(({ method }) => method === 'PATCH');
    expect(updates.map(({ text }) => JSON.parse(text))).toEqual([{ note: 'newest' }]);
    expect(wms.objects.size).toBe(6);
    expect(back).toBeGreaterThan(down);
  });

  it('is left alone for as long as it asks, in seconds and until a date', async () => {
    const bySeconds = await startSystem();
    const byDate = await startSystem();
    const hub = await startHub({
      systems: { shop: source(), seconds: target(bySeconds), date: target(byDate) },
      mappings: plainMappings,
    });
    let notBefore = 0;
    bySeconds.reply = () => ({ status: 429, headers: { 'retry-after': '1' } });
    byDate.reply = () => {
      notBefore = Math.ceil((Date.now() + 1_000) / 1_000) * 1_000;
      return { status: 429, headers: { 'retry-after': new Date(notBefore).toUTCString() } };
    };
    const { id } = await hub.say('shop', orderChange('SO-1'));
    await until('both were asked', () => bySeconds.arrivals.length > 0 && byDate.arrivals.length === 1);
    byDate.reply = undefined;
    const wait = ({ nextAttemptAt }: { nextAttemptAt: string | null }): number => Date.parse(nextAttemptAt ?? '');
    const asked = bySeconds.arrivals[0]?.at ?? 0;
    await until(
      'the wait is shown',
      () => hub.replica(id, 'seconds'),
      (one) => wait(one) >= asked + 1_000,
    );
    bySeconds.reply = undefined;
    await hub.replicaIs(id, 'seconds', 'synced');
    await hub.replicaIs(id, 'date', 'synced');
    const times = bySeconds.arrivals.map(({ at }) => at);
    for (const [index, at] of times.slice(1).entries()) expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(1_000);
    expect(byDate.arrivals[1]?.at).toBeGreaterThanOrEqual(notBefore);
    expect(await metric(hub, 'syncline_attempts_total{system="seconds",outcome="throttled"}')).toBe(times.length - 1);
  });

  it('and refuses our credentials is paused, with no attempt spent, until a check is answered well', async () => {
    const [wms, crm] = [await startSystem(), await startSystem()];
    const hub = await startHub({
      systems: { shop: source(), wms: target(wms), crm: target(crm) },
      mappings: plainMappings,
    });
    wms.reply = () => ({ status: 401, body: { error: 'token expired' } });
    const { id } = await hub.say('shop', orderChange('SO-1'));
    const paused = await until(
      'wms is paused',
      () => hub.system('wms'),
      ({ state, reason }) => state === 'unauthorized' && reason !== null,
    );
    expect(paused.reason).toContain('401');
    const asked = wms.asked('POST').length;
    const { id: second } = await hub.say('shop', orderChange('SO-2'));
    await hub.replicaIs(second, 'crm', 'synced');
    expect(await hub.replica(id, 'wms')).toMatchObject({ state: 'behind', attempts: 0 });
    expect(await hub.replica(second, 'wms')).toMatchObject({ state: 'behind', attempts: 0 });
    const refused = await hub.post<{ state: string; check: { ok: boolean } }>('/v1/systems/wms/check');
    expect(refused).toMatchObject({ state: 'unauthorized', check: { ok: false } });
    expect(wms.asked('POST')).toHaveLength(asked);
    wms.reply = undefined;
    expect(await hub.post('/v1/systems/wms/check')).toMatchObject({ state: 'active', check: { ok: true } });
    for (const one of [id, second]) await hub.replicaIs(one, 'wms', 'synced');
    await until('the alert is in the log', () =>
      hub.log.some(({ alert, system }) => alert === 'unauthorized' && system === 'wms'),
    );
  });
});

describe('a system that refuses a record', () => {
  it('makes a dead letter in its own words: replayed, discarded, counted, replayed in bulk, re-armed by an edit', async () => {
    const wms = await startSystem();
    const hub = await startHub({ systems: { shop: source(), wms: target(wms) }, mappings: plainMappings });
    wms.reply = () => ({ status: 422, body: { error: 'address outside delivery area' } });
    const ids: string[] = [];
    for (const place of [1, 2, 3, 4]) ids.push((await hub.say('shop', orderChange(`SO-${place}`))).id);
    const letters = await until(
      'four dead letters',
      () => hub.deadLetters('?system=wms'),
      ({ length }) => length === 4,
    );
    const letterOf = (id: string | undefined): DeadLetterView => {
      const found = letters.find(({ recordId }) => recordId === id);
      if (!found) throw new Error(`no dead letter of ${id}`);
      return found;
    };
    const [replayed, discarded, bulk, edited] = ids.map(letterOf) as [
      DeadLetterView,
      DeadLetterView,
      DeadLetterView,
      DeadLetterView,
    ];
    expect(replayed).toMatchObject({
      kind: 'rejected',
      message: 'address outside delivery area',
      attempts: 1,
      payload: { number: 'SO-1' },
      response: { status: 422, body: '{"error":"address outside delivery area"}' },
      closed: null,
    });
    const filter = { system: 'wms', kind: 'rejected' };
    expect(await hub.post('/v1/deadletters/replay', { filter, dryRun: true })).toEqual({ count: 4 });
    expect(await hub.deadLetters()).toHaveLength(4);
    wms.reply = undefined;

    const [first] = wms.asked('POST');
    await hub.post(`/v1/deadletters/${replayed.id}/replay`);
    await hub.replicaIs(replayed.recordId, 'wms', 'synced');
    const again = wms.arrivals.at(-1);
    expect(again?.text).toBe(first?.text);
    expect(again?.key).not.toBe(first?.key);
    problemIn(await hub.ask('POST', `/v1/deadletters/${replayed.id}/replay`), 409, 'conflict');

    await hub.post(`/v1/deadletters/${discarded.id}/discard`, { reason: 'cancelled by phone' });
    expect((await hub.replica(discarded.recordId, 'wms')).state).toBe('synced');

    await hub.say('shop', edit('SO-4', 'new address follows'));
    await hub.replicaIs(edited.recordId, 'wms', 'synced');

    expect(await hub.post('/v1/deadletters/replay', { filter, dryRun: true })).toEqual({ count: 1 });
    expect(await hub.post('/v1/deadletters/replay', { filter })).toEqual({ count: 1 });
    await hub.replicaIs(bulk.recordId, 'wms', 'synced');

    expect(await hub.deadLetters()).toEqual([]);
    const closed = await hub.deadLetters('?state=closed');
    expect(Object.fromEntries(closed.map(({ recordId, closed: how }) => [recordId, [how?.as, how?.reason]]))).toEqual({
      [replayed.recordId]: ['replayed', null],
      [discarded.recordId]: ['discarded', 'cancelled by phone'],
      [bulk.recordId]: ['replayed', null],
      [edited.recordId]: ['superseded', null],
    });
    expect(wms.objects.size).toBe(3);
  });

  it('by sending us elsewhere is not followed', async () => {
    const [wms, elsewhere] = [await startSystem(), await startSystem()];
    const hub = await startHub({ systems: { shop: source(), wms: target(wms) }, mappings: plainMappings });
    wms.reply = () => ({ status: 307, headers: { location: `${elsewhere.url}/orders` } });
    const { id } = await hub.say('shop', orderChange('SO-1'));
    await hub.replicaIs(id, 'wms', 'dead');
    expect(await hub.deadLetters()).toMatchObject([{ kind: 'rejected', response: { status: 307 } }]);
    expect(elsewhere.arrivals).toEqual([]);
    expect(wms.arrivals).toHaveLength(1);
  });

  it('with an answer of 32 MB is read no further than is kept', async () => {
    const wms = await startSystem();
    const hub = await startHub({ systems: { shop: source(), wms: target(wms) }, mappings: plainMappings });
    wms.reply = () => 'huge';
    const { id } = await hub.say('shop', orderChange('SO-1'));
    await hub.replicaIs(id, 'wms', 'dead');
    const [letter] = await hub.deadLetters();
    expect(letter?.response?.status).toBe(422);
    expect(letter?.response?.body).toMatch(/^x{1000}/);
    expect(letter?.response?.body?.length).toBeLessThanOrEqual(4_096);
    expect(wms.hugeBytes).toBeLessThan(16 * 1024 * 1024);
  });

  it('because its object is gone gets a new one', async () => {
    const wms = await startSystem();
    const hub = await startHub({ systems: { shop: source(), wms: target(wms) }, mappings: plainMappings });
    const { id } = await hub.say('shop', orderChange('SO-1'));
    const { externalId } = await hub.replicaIs(id, 'wms', 'synced');
    wms.objects.clear();
    await hub.say('shop', edit('SO-1', 'gone?'));
    await until('it is made again', () => wms.objects.size === 1);
    const again = await hub.replicaIs(id, 'wms', 'synced');
    expect(again.externalId).not.toBe(externalId);
    const [made, missed, remade] = wms.arrivals;
    expect([made, missed, remade].map((one) => one?.method)).toEqual(['POST', 'PATCH', 'POST']);
    expect(new Set([made, missed, remade].map((one) => one?.key)).size).toBe(3);
    expect(JSON.parse(remade?.text ?? '')).toMatchObject({ number: 'SO-1', note: 'gone?' });
  });
});

describe('a system that is held up', () => {
  it('by a person gets nothing, falls behind, and everything once it is resumed', async () => {
    const [wms, crm] = [await startSystem(), await startSystem()];
    const hub = await startHub({
      systems: { shop: source(), wms: target(wms), crm: target(crm) },
      mappings: plainMappings,
    });
    expect(await hub.post('/v1/systems/wms/pause', { reason: 'stock-taking' })).toMatchObject({
      state: 'paused',
      reason: 'stock-taking',
    });
    const { id } = await hub.say('shop', orderChange('SO-1'));
    await hub.replicaIs(id, 'crm', 'synced');
    const { lagSeconds } = await hub.system('wms');
    await until(
      'its lag grows',
      () => hub.system('wms'),
      (view) => view.lagSeconds > lagSeconds && view.state === 'paused',
    );
    expect(wms.arrivals).toEqual([]);
    expect(await hub.post('/v1/systems/wms/resume')).toMatchObject({ state: 'active' });
    await hub.replicaIs(id, 'wms', 'synced');
    expect(wms.asked('POST')).toHaveLength(1);
  });

  it('by a reference waits, parked, until what it names is there', async () => {
    const wms = await startSystem();
    const order = {
      ...plainOrder,
      fields: [
        ...plainOrder.fields,
        { ours: 'customerId', theirs: 'buyer', codec: { lookup: { record: 'customer' } } },
      ],
      needs: [{ ours: 'customerId', record: 'customer' }],
    };
    const customer = { create: 'POST /customers', update: 'PATCH /customers/{id}' };
    const pushed = target(wms) as { settings: { records: object } };
    pushed.settings.records = { ...pushed.settings.records, customer };
    const hub = await startHub({
      systems: { shop: source(), wms: pushed },
      mappings: { 'http/order.yaml': order, 'http/customer.yaml': plainCustomer },
    });
    const { id } = await hub.say('shop', orderChange('SO-1', { buyer: 'C-9' }));
    const parked = await hub.replicaIs(id, 'wms', 'parked');
    expect(parked).toMatchObject({ attempts: 0, parkedOn: expect.stringMatching(/^cus_/) });
    expect((await hub.system('wms')).replicas.parked).toBe(1);
    expect(wms.arrivals).toEqual([]);
    const known = await hub.say('shop', { record: 'customer', data: { id: 'C-9', number: 'K-9', name: '李雷' } });
    expect(known.id).toBe(parked.parkedOn);
    await hub.replicaIs(id, 'wms', 'synced');
    const { externalId } = await hub.replica(known.id, 'wms');
    expect(wms.arrivals.map(({ path }) => path)).toEqual(['/customers', '/orders']);
    expect(JSON.parse(wms.arrivals[1]?.text ?? '')).toMatchObject({ number: 'SO-1', buyer: externalId });
  });
});
