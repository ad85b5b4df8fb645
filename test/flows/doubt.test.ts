// Answers that are lost, late or never end, and a hub that dies in between: nothing is made twice, nothing is forgotten.
import { afterEach, describe, expect, it } from 'vitest';
import { orderChange, plainMappings, source, target } from './documents.ts';
import { endAll, type Hub, startAt, startHub } from './hub.ts';
import { closeSystems, type System, startSystem } from './system.ts';
import { until } from './until.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

const edit = (note: string): object => ({ record: 'order', id: 'SO-1', data: { id: 'SO-1', note } });

async function hubOver(wms: System, more: Parameters<typeof target>[1] = {}): Promise<Hub> {
  return startHub({ systems: { shop: source(), wms: target(wms, more) }, mappings: plainMappings });
}

/** Every arrival of a create said the same, under the same key. */
function expectOneCreate(wms: System): void {
  const creates = wms.asked('POST');
  expect(creates.length).toBeGreaterThan(1);
  expect(new Set(creates.map(({ key }) => key)).size).toBe(1);
  expect(new Set(creates.map(({ text }) => text)).size).toBe(1);
  expect(wms.objects.size).toBe(1);
}

/** What came first, and what came last. */
function expectCreateThenUpdate(wms: System): void {
  const methods = wms.arrivals.map(({ method }) => method);
  expect(methods.lastIndexOf('POST')).toBeLessThan(methods.indexOf('PATCH'));
  expect(methods.filter((method) => method === 'PATCH')).toHaveLength(1);
  expect(JSON.parse(wms.arrivals.at(-1)?.text ?? '')).toEqual({ note: 'newer' });
}

describe('the answer to a create', () => {
  it('that is lost: the same bytes go out under the same key, before anything newer', async () => {
    const wms = await startSystem();
    const hub = await hubOver(wms);
    wms.reply = () => 'lost';
    const { id } = await hub.say('shop', orderChange('SO-1'));
    await until('it was sent', () => wms.arrivals.length > 0);
    await hub.say('shop', edit('newer'));
    wms.reply = undefined;
    await hub.replicaIs(id, 'wms', 'synced');
    expectOneCreate(wms);
    expectCreateThenUpdate(wms);
    expect((await hub.replica(id, 'wms')).externalId).toBe([...wms.objects.values()][0]?.id);
  });

  it('that never comes because the hub is killed: the next one sends the same bytes under the same key', async () => {
    const wms = await startSystem();
    const hub = await hubOver(wms);
    wms.reply = () => 'trickle';
    const { id } = await hub.say('shop', orderChange('SO-1'));
    await until('it was sent', () => wms.arrivals.length > 0);
    await hub.say('shop', edit('newer'));
    await hub.kill();
    wms.reply = undefined;
    const next = await startAt(hub.place);
    await next.replicaIs(id, 'wms', 'synced');
    expectOneCreate(wms);
    expectCreateThenUpdate(wms);
  });

  it('that comes a byte at a time for ever is given up when the time is over', async () => {
    const wms = await startSystem();
    const hub = await hubOver(wms, { delivery: { timeout: '200ms' } });
    wms.reply = () => 'trickle';
    const { id } = await hub.say('shop', orderChange('SO-1'));
    const late = await until(
      'it was given up',
      () => hub.replica(id, 'wms'),
      ({ lastError }) => lastError !== null,
    );
    expect(late.state).toBe('behind');
    expect((await hub.ask('GET', '/metrics')).text).toMatch(
      /syncline_attempts_total\{system="wms",outcome="timeout"\} [1-9]/,
    );
    wms.reply = undefined;
    await hub.replicaIs(id, 'wms', 'synced');
    expectOneCreate(wms);
  });

  it('that is lost by a system which knows no keys: it is looked up by its number before it is made again', async () => {
    const wms = await startSystem();
    const hub = await hubOver(wms, { settings: { repeatSafe: 'natural-key' } });
    wms.reply = ({ method }) => (method === 'POST' ? 'lost' : undefined);
    const { id } = await hub.say('shop', orderChange('SO-1'));
    const { externalId } = await hub.replicaIs(id, 'wms', 'synced');
    expect(wms.asked('POST')).toHaveLength(1);
    expect(wms.asked('GET').map(({ path }) => path)).toEqual(['/orders?number=SO-1']);
    expect(externalId).toBe([...wms.objects.values()][0]?.id);
  });

  it('that never arrived at a system which knows no keys: it is looked up, not found, and made', async () => {
    const wms = await startSystem();
    const hub = await hubOver(wms, { settings: { repeatSafe: 'natural-key' } });
    wms.reply = ({ method }) => (method === 'POST' && wms.asked('POST').length === 1 ? 'reset' : undefined);
    const { id } = await hub.say('shop', orderChange('SO-1'));
    await hub.replicaIs(id, 'wms', 'synced');
    expect(wms.arrivals.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST']);
    expect(wms.objects.size).toBe(1);
  });

  it('that is lost where nothing makes a repeat safe: it is unclear, and waits for a person', async () => {
    const wms = await startSystem();
    const hub = await hubOver(wms, { settings: { repeatSafe: 'no' }, order: { find: undefined } });
    wms.reply = () => 'lost';
    const { id } = await hub.say('shop', orderChange('SO-1'));
    await hub.replicaIs(id, 'wms', 'unclear');
    wms.reply = undefined;
    expect((await hub.system('wms')).replicas.unclear).toBe(1);
    await until('the alert is in the log', () => hub.log.some(({ alert }) => alert === 'unclear'));
    // An edit does not send it either.
    await hub.say('shop', edit('newer'));
    expect((await hub.replica(id, 'wms')).state).toBe('unclear');
    expect(wms.asked('POST')).toHaveLength(1);
  });
});
