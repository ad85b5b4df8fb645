// What everybody sees of a hub: metrics from the first moment, its own description, and who may do what.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemIn } from './client.ts';
import { anOrder, orderChange, plainCustomer, plainMappings, source, target } from './documents.ts';
import { endAll, type Hub, startHub } from './hub.ts';
import { closeSystems, type System, startSystem } from './system.ts';
import { until } from './until.ts';

const secrets = {
  shop: 'shop-secret-1',
  crm: 'crm-secret-2',
  erp: 'erp-secret-3',
  desk: 'desk-secret-4',
  personal: 'personal-secret-5',
  ops: 'ops-secret-6',
  prom: 'prom-secret-7',
  root: 'root-secret-8',
};
const keys = [
  `shop:intake=${secrets.shop}`,
  `crm:intake=${secrets.crm}`,
  `erp:feed+intake=${secrets.erp}`,
  `desk:read=${secrets.desk}`,
  `personal:read+pii=${secrets.personal}`,
  `ops:operate=${secrets.ops}`,
  `prom:metrics=${secrets.prom}`,
  `root:admin=${secrets.root}`,
].join(';');
type Who = keyof typeof secrets;

let hub: Hub;
let wms: System;
let fresh: string;
let orderId = '{id}';

const as = (who: Who | null, method: string, path: string, body?: unknown) =>
  hub.ask(method, path, { key: who === null ? null : secrets[who], ...(body !== undefined && { body }) });

beforeAll(async () => {
  wms = await startSystem();
  hub = await startHub({
    systems: { shop: source(), crm: source(), wms: target(wms), erp: { role: 'erp', connector: 'feed' } },
    mappings: { ...plainMappings, 'http/customer.yaml': plainCustomer },
    keys,
  });
  fresh = (await as('prom', 'GET', '/metrics')).text;
  const answer = await as('shop', 'POST', '/v1/systems/shop/changes', orderChange('SO-1'));
  orderId = (JSON.parse(answer.text) as { results: { id: string }[] }).results[0]?.id ?? '';
});
afterAll(async () => {
  await endAll();
  await closeSystems();
});

/** Series name with labels → value. */
function seriesIn(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('/metrics', () => {
  const mapped = {
    shop: ['order', 'customer'],
    crm: ['order', 'customer'],
    wms: ['order', 'customer'],
    erp: ['order'],
  };
  const systems = Object.keys(mapped);
  const pairs = Object.entries(mapped).flatMap(([system, records]) =>
    records.map((record) => [system, record] as const),
  );

  it('has every name with 0 for each configured system and record from the start', () => {
    const series = seriesIn(fresh);
    const outcomes = 'delivered retry throttled timeout unauthorized rejected invalid not_found unclear parked'.split(
      ' ',
    );
    const states = 'synced behind parked unclear dead held'.split(' ');
    const statuses = 'accepted unchanged partial refused pending invalid'.split(' ');
    const expected = [
      ...pairs.flatMap(([system, record]) => [
        `syncline_sync_lag_seconds{system="${system}",record="${record}"}`,
        `syncline_sync_duration_seconds_count{system="${system}",record="${record}"}`,
        `syncline_sync_duration_seconds_bucket{le="+Inf",system="${system}",record="${record}"}`,
      ]),
      ...systems.flatMap((system) => [
        ...states.map((state) => `syncline_replicas{system="${system}",state="${state}"}`),
        ...outcomes.map((outcome) => `syncline_attempts_total{system="${system}",outcome="${outcome}"}`),
        ...statuses.map((status) => `syncline_changes_total{system="${system}",status="${status}"}`),
        `syncline_breaker_state{system="${system}"}`,
      ]),
      'syncline_feed_last_poll_timestamp_seconds{system="erp"}',
    ];
    expect(expected.filter((name) => series.get(name) !== 0)).toEqual([]);
    const names = [
      'syncline_commit_duration_seconds_count',
      'syncline_event_loop_lag_seconds',
      'syncline_relay_heartbeat_timestamp_seconds',
      'process_cpu_seconds_total',
      'process_resident_memory_bytes',
    ];
    expect(names.filter((name) => !series.has(name))).toEqual([]);
  });

  it('describes each name with its type', () => {
    const types = new Map([...fresh.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type]));
    expect(Object.fromEntries([...types].filter(([name]) => name?.startsWith('syncline_')))).toEqual({
      syncline_sync_lag_seconds: 'gauge',
      syncline_sync_duration_seconds: 'histogram',
      syncline_replicas: 'gauge',
      syncline_attempts_total: 'counter',
      syncline_changes_total: 'counter',
      syncline_breaker_state: 'gauge',
      syncline_feed_last_poll_timestamp_seconds: 'gauge',
      syncline_commit_duration_seconds: 'histogram',
      syncline_event_loop_lag_seconds: 'gauge',
      syncline_alerts_total: 'counter',
      syncline_relay_heartbeat_timestamp_seconds: 'gauge',
      syncline_reconcile_drift: 'gauge',
      syncline_reconcile_fields: 'gauge',
      syncline_reconcile_repaired: 'gauge',
      syncline_reconcile_end_timestamp_seconds: 'gauge',
    });
  });

  it('counts what was done', async () => {
    const before = seriesIn((await as('prom', 'GET', '/metrics')).text);
    await as('shop', 'POST', '/v1/systems/shop/changes', orderChange('SO-COUNTED'));
    await as('erp', 'GET', '/v1/feeds/erp');
    const after = seriesIn((await as('prom', 'GET', '/metrics')).text);
    const grown = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(grown('syncline_changes_total{system="shop",status="accepted"}')).toBe(1);
    expect(grown('syncline_commit_duration_seconds_count')).toBeGreaterThan(0);
    expect(after.get('syncline_feed_last_poll_timestamp_seconds{system="erp"}')).toBeGreaterThan(
      Date.now() / 1000 - 60,
    );
    expect(after.get('syncline_replicas{system="erp",state="behind"}')).toBe(2);
  });
});

describe('the description', () => {
  it('as OpenAPI names every route that is there', async () => {
    const answer = await as('desk', 'GET', '/openapi.json');
    expect(answer.status).toBe(200);
    const { openapi, paths } = JSON.parse(answer.text) as { openapi: string; paths: Record<string, object> };
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/v1/systems/{system}/changes',
        '/v1/webhooks/{system}',
        '/v1/records/{type}/{id}',
        '/v1/changes',
        '/v1/feeds/{system}',
        '/v1/deadletters/{id}/replay',
        '/v1/lag',
        '/metrics',
        '/readyz',
      ]),
    );
  });

  it('as a page is HTML that names the routes', async () => {
    const answer = await as('desk', 'GET', '/docs');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(answer.text).toContain('/v1/feeds/{system}');
  });
});

describe('who may do what', () => {
  const shopChanges = '/v1/systems/shop/changes';
  const record = () => `/v1/records/order/${orderId}`;
  /** Status by who asks; null asks without a key. */
  const matrix: [string, () => string, unknown, Partial<Record<Who | 'nobody', number>>][] = [
    [
      'POST',
      () => shopChanges,
      orderChange('SO-M'),
      { nobody: 401, crm: 403, erp: 403, desk: 403, ops: 403, shop: 202, root: 202 },
    ],
    ['GET', () => '/v1/feeds/erp', undefined, { nobody: 401, shop: 403, desk: 403, ops: 403, erp: 200, root: 200 }],
    ['GET', () => '/v1/feeds/shop', undefined, { nobody: 401, erp: 403, shop: 403, root: 404 }],
    [
      'GET',
      record,
      undefined,
      { nobody: 401, shop: 403, erp: 403, ops: 403, prom: 403, desk: 200, personal: 200, root: 200 },
    ],
    ['GET', () => '/v1/changes', undefined, { nobody: 401, shop: 403, ops: 403, desk: 200 }],
    ['GET', () => '/v1/systems', undefined, { nobody: 401, shop: 403, prom: 403, desk: 200 }],
    ['GET', () => '/v1/deadletters', undefined, { nobody: 401, ops: 403, desk: 200 }],
    ['POST', () => '/v1/systems/crm/pause', {}, { nobody: 401, desk: 403, crm: 403, ops: 200 }],
    ['POST', () => '/v1/systems/crm/resume', {}, { nobody: 401, desk: 403, crm: 403, ops: 200 }],
    ['POST', () => '/v1/deadletters/replay', { filter: {}, dryRun: true }, { nobody: 401, desk: 403, ops: 200 }],
    ['GET', () => '/v1/lag', undefined, { nobody: 401, shop: 403, ops: 403, prom: 200, desk: 200 }],
    ['GET', () => '/metrics', undefined, { nobody: 401, shop: 403, prom: 200, desk: 200 }],
    ['GET', () => '/v1/keys', undefined, { nobody: 401, ops: 403, desk: 403, root: 200 }],
    ['GET', () => '/openapi.json', undefined, { nobody: 401, shop: 403, desk: 200 }],
    ['GET', () => '/healthz', undefined, { nobody: 200, shop: 200 }],
    ['GET', () => '/readyz', undefined, { nobody: 200, shop: 200 }],
    // 401 before 403 before 404, whatever is or is not there.
    ['GET', () => '/v1/records/order/ord_none', undefined, { nobody: 401, shop: 403, desk: 404 }],
    ['POST', () => '/v1/systems/nobody/changes', orderChange('SO-M'), { nobody: 401, shop: 403, root: 404 }],
    ['GET', () => '/v1/feeds/nobody', undefined, { nobody: 401, erp: 403, root: 404 }],
    ['GET', () => '/v1/no/such/route', undefined, { nobody: 401, desk: 404 }],
  ];
  const types: Record<number, string> = { 401: 'unauthenticated', 403: 'forbidden', 404: 'not-found' };

  it.each(
    matrix.map(([method, path, body, statuses]) => ({ method, path, body, statuses, name: `${method} ${path()}` })),
  )('$name', async ({ method, path, body, statuses }) => {
    const seen: typeof statuses = {};
    for (const who of Object.keys(statuses) as (Who | 'nobody')[]) {
      const answer = await as(who === 'nobody' ? null : who, method, path(), body);
      seen[who] = answer.status;
      const type = types[answer.status];
      if (type !== undefined) problemIn(answer, answer.status, type);
      if (answer.status === 401) expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    }
    expect(seen).toEqual(statuses);
  });

  it('a key may come as Basic, and one that is wrong is none', async () => {
    const basic = (name: string, secret: string) =>
      hub.ask('GET', '/v1/feeds/erp', {
        key: null,
        headers: { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` },
      });
    expect((await basic('erp', secrets.erp)).status).toBe(200);
    problemIn(await basic('shop', secrets.erp), 401, 'unauthenticated');
    problemIn(await basic('erp', 'guess'), 401, 'unauthenticated');
  });
});

describe('personal data', () => {
  const { name, phone, street } = anOrder('SO-1').to as Record<string, string>;
  const places = ['/v1/records/order/', '/timeline', '/v1/changes'] as const;
  const pathOf = (place: (typeof places)[number]): string =>
    place === '/v1/changes'
      ? place
      : place === '/timeline'
        ? `/v1/records/order/${orderId}/timeline`
        : `${place}${orderId}`;

  it.each(places)('is masked in %s without the scope pii, and readable with it', async (place) => {
    const [masked, open] = [await as('desk', 'GET', pathOf(place)), await as('personal', 'GET', pathOf(place))];
    for (const one of [name, phone, street]) {
      expect(masked.text).not.toContain(one);
      expect(open.text).toContain(one);
    }
    expect(masked.text).toContain('•••');
  });

  it('goes to the systems as it is', async () => {
    await until('it arrived', () => wms.arrivals.length > 0);
    expect(wms.arrivals[0]?.text).toContain(name);
    expect((await as('erp', 'GET', '/v1/feeds/erp')).text).toContain(street);
  });

  it('and secrets stand nowhere in the log', () => {
    const log = JSON.stringify(hub.log);
    for (const one of [name, phone, street, ...Object.values(secrets)]) expect(log).not.toContain(one);
  });
});
