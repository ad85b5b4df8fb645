// Faults on demand, over real sockets: each does what it says, for as many requests as it says.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Crm, startCrm } from '../../sandbox/crm.ts';
import { createFaults, type Fault } from '../../sandbox/faults.ts';
import { type QuickClock, quickClock } from './quick-clock.ts';

let clock: QuickClock;
let crm: Crm;
beforeEach(async () => {
  clock = quickClock();
  crm = await startCrm({ clock, random: () => 0.5 });
});
afterEach(() => crm.close());

const create = (key: string, body: object = { orderNo: 'SO-1' }): Promise<Response> =>
  fetch(`${crm.url}/orders`, { method: 'POST', headers: { 'idempotency-key': key }, body: JSON.stringify(body) });

describe('a fault', () => {
  it.each<[Fault, number]>([
    [{ kind: '500' }, 500],
    [{ kind: '500', status: 503 }, 503],
    [{ kind: '429', retryAfter: 7 }, 429],
    [{ kind: 'reject', message: 'no such street' }, 422],
    [{ kind: 'reject', message: 'no', status: 409 }, 409],
  ])('%j is answered %i, and nothing is done', async (fault, status) => {
    crm.faults.set(fault);
    const answer = await create('k1');
    expect(answer.status).toBe(status);
    expect(await answer.json()).toHaveProperty('message');
    expect(answer.headers.get('retry-after')).toBe(status === 429 ? '7' : null);
    expect(crm.orders()).toEqual([]);
    crm.faults.clear();
    expect((await create('k1')).status).toBe(201);
  });

  it.each(['down', 'reset'] as const)('%s resets the connection, and nothing is done', async (kind) => {
    crm.faults.set({ kind });
    await expect(create('k1')).rejects.toThrow();
    expect(crm.orders()).toEqual([]);
    expect(crm.arrivals.at(-1)?.answered).toBe('reset');
  });

  it('lost_answer does it and says nothing; the same key again gets the answer and makes no second one', async () => {
    crm.faults.set({ kind: 'lost_answer', next: 1 });
    await expect(create('k1')).rejects.toThrow();
    expect(crm.orders()).toHaveLength(1);
    const again = await create('k1');
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toMatchObject({ id: '8812', orderNo: 'SO-1' });
    expect(crm.orders()).toHaveLength(1);
    expect(crm.arrivals.map(({ answered }) => answered)).toEqual(['lost', 'repeated']);
  });

  it('slow waits first', async () => {
    crm.faults.set({ kind: 'slow', ms: 1500 });
    expect((await create('k1')).status).toBe(201);
    expect(clock.waited).toEqual([1500]);
  });

  it('strikes the next n requests, and only the method that it names', async () => {
    crm.faults.set({ kind: '500', next: 2, method: 'POST' });
    expect((await fetch(`${crm.url}/orders`)).status).toBe(200);
    const statuses = [await create('a'), await create('b'), await create('c')].map(({ status }) => status);
    expect(statuses).toEqual([500, 500, 201]);
    expect(crm.faults.active()).toEqual([]);
  });

  it('strikes a share of the requests', () => {
    const draws = [0.1, 0.9, 0.29, 0.3];
    const faults = createFaults(() => draws.shift() ?? 0);
    faults.set({ kind: 'reset', share: 0.3 });
    expect(Array.from({ length: 4 }, () => faults.meet('PUT').reset)).toEqual([true, false, true, false]);
  });

  it('adds up with others; of two refusals the first counts', () => {
    const faults = createFaults(() => 0);
    faults.set({ kind: 'slow', ms: 10 });
    faults.set({ kind: 'slow', ms: 5 });
    faults.set({ kind: '500', status: 502 });
    faults.set({ kind: 'reject', message: 'no' });
    expect(faults.meet('GET')).toMatchObject({ delayMs: 15, refusal: { status: 502 }, loseAnswer: false });
    faults.clear('500');
    expect(faults.meet('GET').refusal).toEqual({ status: 422, message: 'no' });
  });
});

describe('/_faults', () => {
  const ask = (method: string, body?: object): Promise<Response> =>
    fetch(`${crm.url}/_faults`, { method, ...(body && { body: JSON.stringify(body) }) });

  it('sets and takes back, also while the system is down', async () => {
    await ask('POST', { kind: 'down' });
    await expect(create('k1')).rejects.toThrow();
    expect(await (await ask('GET')).json()).toEqual({ faults: [{ kind: 'down' }] });
    expect(await (await ask('DELETE')).json()).toEqual({ faults: [] });
    expect((await create('k1')).status).toBe(201);
  });

  it('takes back one kind', async () => {
    await ask('POST', { kind: 'slow', ms: 1 });
    await ask('POST', { kind: '429' });
    expect(await (await ask('DELETE', { kind: 'slow' })).json()).toEqual({ faults: [{ kind: '429', retryAfter: 1 }] });
  });

  it('refuses what is no fault', async () => {
    const answer = await ask('POST', { kind: 'slow', ms: -1 });
    expect(answer.status).toBe(422);
    expect(crm.faults.active()).toEqual([]);
  });
});
