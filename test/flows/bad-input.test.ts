// What clients send wrong, against one running hub: a clear refusal each time, nothing lost, nothing broken.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, problemIn, type RecordView } from './client.ts';
import { anOrder, orderChange, plainMappings, source, target } from './documents.ts';
import { endAll, type Hub, rootKey, startHub } from './hub.ts';
import { answersIn, chunk, exchange } from './raw-socket.ts';
import { closeSystems, type System, startSystem } from './system.ts';
import { until } from './until.ts';
import { signedWebhook, webhookSecret } from './webhook.ts';

let hub: Hub;
let wms: System;
let kept: RecordView;

beforeAll(async () => {
  wms = await startSystem();
  hub = await startHub({
    systems: {
      shop: source({ webhook: { scheme: 'standard', secret: webhookSecret } }),
      crm: source(),
      wms: target(wms),
      erp: { role: 'erp', connector: 'feed' },
    },
    mappings: plainMappings,
  });
  const { id } = await hub.say('shop', orderChange('SO-KEPT'));
  await hub.replicaIs(id, 'wms', 'synced');
  kept = await hub.record('order', id);
});
afterAll(async () => {
  const code = await hub.stop();
  await endAll();
  await closeSystems();
  // Nothing of what clients did was a failure of the hub.
  expect({ code, failures: hub.log.filter(({ level }) => level === 'error' || level === 'fatal') }).toEqual({
    code: 0,
    failures: [],
  });
});

/** After each refusal: what was there is there, and what is good is taken. */
let accepted = 0;
afterEach(async () => {
  const { version, data } = await hub.record('order', kept.id);
  expect({ version, data }).toEqual({ version: kept.version, data: kept.data });
  expect(await hub.say('shop', orderChange(`SO-GOOD-${++accepted}`))).toMatchObject({ status: 'accepted', version: 1 });
});

const route = '/v1/systems/shop/changes';
const send = (body: unknown, headers: Record<string, string> = {}) => hub.ask('POST', route, { body, headers });
const refused = async (body: unknown) => faultsOf(problemIn(await send(body), 400, 'invalid-request'));

/** The bytes of a request, with only the headers that are named. */
const request = (headers: string[], body = ''): string =>
  [
    `POST ${route} HTTP/1.1`,
    'Host: hub',
    `Authorization: Bearer ${rootKey}`,
    'Content-Type: application/json',
    ...headers,
    '',
    body,
  ].join('\r\n');

const good = (number: string): string => JSON.stringify(orderChange(number));

async function rawProblem(parts: (string | Uint8Array)[], status: number, type: string, half = false) {
  const [answer] = answersIn(await exchange(hub.url, parts, half));
  if (!answer) throw new Error('no answer');
  return problemIn(answer, status, type);
}

async function exists(number: string): Promise<boolean> {
  return (await hub.ask('GET', `/v1/records/order?match=number:${number}`)).status === 200;
}

describe('text that is no JSON as we take it', () => {
  it('breaks off: 400 with the place', async () => {
    expect(await refused('{"record":"order","data":{"id":"1",')).toEqual([
      expect.stringMatching(/^\/data: expected a member name, found end of text \(position 35\)$/),
    ]);
  });

  it('is empty: 400', async () => {
    expect(await refused('')).toEqual([expect.stringContaining('expected a value, found end of text')]);
  });

  it('has members of wrong types: 400 naming every one', async () => {
    const body = { record: 7, id: 8812, at: 'yesterday', op: 'remove', key: {}, data: [] };
    expect(await refused(body)).toEqual([
      '/record: must be text',
      '/id: must be text (ids are strings, also when they look like numbers)',
      '/op: must be "upsert" or "delete"',
      '/at: must be an RFC 3339 time such as 2026-11-23T05:00:00.000Z',
      '/key: must be text (ids are strings, also when they look like numbers)',
      '/data: must be an object, in the words of the system',
    ]);
  });

  it('has unknown members: 400 naming each, and what is known', async () => {
    expect(await refused({ ...orderChange('SO-U'), datum: 1, urgent: true })).toEqual([
      '/datum: unknown member "datum"; known: record, id, op, at, key, data',
      '/urgent: unknown member "urgent"; known: record, id, op, at, key, data',
    ]);
    expect(await exists('SO-U')).toBe(false);
  });

  it('names a member twice: 400 with its path, instead of taking either', async () => {
    const text = good('SO-2X').replace('"note":', '"note":"a","note":');
    expect(await refused(text)).toEqual([expect.stringMatching(/^\/data\/note: is given twice/)]);
    expect(await exists('SO-2X')).toBe(false);
  });

  it('is not UTF-8: 400 with the path of the text that breaks', async () => {
    const [head = '', tail = ''] = good('SO-8').split('ring twice');
    const bytes = Buffer.concat([Buffer.from(head), Buffer.from([0x72, 0xff, 0xfe]), Buffer.from(tail)]);
    expect(await refused(bytes)).toEqual(['/data/note: is not valid UTF-8']);
  });

  it.each([
    ['a lone surrogate', '\\ud83d', 'text holds a lone surrogate'],
    ['NUL', 'a\\u0000b', 'text holds NUL'],
  ])('holds %s: 400 with its path', async (_what, escaped, message) => {
    expect(await refused(good('SO-S').replace('ring twice', escaped))).toEqual([
      expect.stringMatching(new RegExp(`^/data/note: ${message}`)),
    ]);
    expect(await exists('SO-S')).toBe(false);
  });
});

describe('nesting', () => {
  /** The change and its data are the first two levels. */
  const nested = (number: string, depth: number): string => {
    const inner = depth - 2;
    return good(number).replace('"note":', `"deep":${'['.repeat(inner)}${']'.repeat(inner)},"note":`);
  };

  it('of 64 is taken', async () => {
    expect((await send(nested('SO-64', 64))).status).toBe(202);
    expect(await exists('SO-64')).toBe(true);
  });

  it('of 65 is refused with the path', async () => {
    const [fault = ''] = await refused(nested('SO-65', 65));
    expect(fault).toMatch(/^\/data\/deep(\/0){62}: is nested deeper than 64/);
    expect(await exists('SO-65')).toBe(false);
  });

  it('of a hundred thousand is refused like any other', async () => {
    await refused(nested('SO-100000', 100_000));
  });
});

describe('the size of a body', () => {
  const big = `{"record":"order","data":{"id":"big","note":"${'x'.repeat(10_000_000)}"}}`;

  it('of 10 MB: 413 naming the limit', async () => {
    expect(problemIn(await send(big), 413, 'too-large').detail).toBe('the body has more than 1048576 bytes');
  });

  it('of 10 MB in chunks, without a length: 413', async () => {
    const parts = Array.from({ length: 160 }, () => chunk('x'.repeat(65_536)));
    await rawProblem(
      [request(['Transfer-Encoding: chunked', 'Connection: close']), ...parts, '0\r\n\r\n'],
      413,
      'too-large',
    );
  });

  it('is taken in small chunks', async () => {
    const text = good('SO-CHUNKED');
    const parts = [...text].map(chunk);
    const bytes = await exchange(hub.url, [
      request(['Transfer-Encoding: chunked', 'Connection: close']),
      ...parts,
      '0\r\n\r\n',
    ]);
    expect(answersIn(bytes)[0]?.status).toBe(202);
  });

  it('is less than announced: 400, and nothing of it is taken', async () => {
    const text = good('SO-SHORT');
    const parts = [request([`Content-Length: ${text.length + 500}`]), text];
    await rawProblem(parts, 400, 'invalid-request', true);
    expect(await exists('SO-SHORT')).toBe(false);
  });

  it('is more than announced: 400 for what was announced, and the rest is no request', async () => {
    const answers = answersIn(await exchange(hub.url, [request(['Content-Length: 20']), good('SO-LONG')]));
    expect(answers.map(({ status }) => status)).toEqual([400, 400]);
    for (const answer of answers) problemIn(answer, 400, 'invalid-request');
    expect(await exists('SO-LONG')).toBe(false);
  });

  it('is a whole change with more behind it: the change gets its own answer before the rest is refused', async () => {
    const text = good('SO-TAIL');
    const answers = answersIn(
      await exchange(hub.url, [request([`Content-Length: ${Buffer.byteLength(text)}`], text), 'and more']),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 400]);
    expect(await exists('SO-TAIL')).toBe(true);
  });

  it('is not announced at all: there is no body', async () => {
    const problem = await rawProblem([request(['Connection: close'])], 400, 'invalid-request');
    expect(faultsOf(problem)[0]).toContain('expected a value, found end of text');
  });

  it.each([
    ['no number', ['Content-Length: ten']],
    ['negative', ['Content-Length: -5']],
    ['a list', ['Content-Length: 5, 5']],
    ['given twice, differently', ['Content-Length: 5', 'Content-Length: 6']],
    ['given twice, the same', ['Content-Length: 5', 'Content-Length: 5']],
    ['given beside chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
  ])('has an announcement that is %s: 400, and the connection ends', async (_what, headers) => {
    await rawProblem([request(headers), good('SO-LENGTH')], 400, 'invalid-request');
    expect(await exists('SO-LENGTH')).toBe(false);
  });

  it.each(['gzip', 'br', 'deflate', 'zstd', 'gzip, identity'])('is compressed (%s): 415', async (encoding) => {
    const answer = await send(good('SO-ZIP'), { 'content-encoding': encoding });
    expect(problemIn(answer, 415, 'unsupported-media-type').detail).toContain(encoding);
    expect(answer.headers.get('accept-encoding')).toBe('identity');
    expect(await exists('SO-ZIP')).toBe(false);
  });
});

describe('numbers that no double holds', () => {
  const long = '12345678901234567890123';

  /** A number written so, without a quote. */
  const withNumber = (number: string, members: Record<string, string>): string => {
    const text = JSON.stringify(
      orderChange(number, Object.fromEntries(Object.keys(members).map((name) => [name, name]))),
    );
    return Object.entries(members).reduce(
      (all, [name, digits]) => all.replace(`"${name}":"${name}"`, `"${name}":${digits}`),
      text,
    );
  };
  const taken = async (text: string) =>
    (JSON.parse((await send(text)).text) as { results: [Awaited<ReturnType<Hub['say']>>] }).results[0];

  it('are kept digit for digit where the record has text, and in x.*', async () => {
    const result = await taken(withNumber('SO-DIGITS', { id: long, note: long, reference: long }));
    expect(result.status).toBe('accepted');
    const { data, replicas } = await hub.record('order', result.id);
    expect(data).toMatchObject({ buyerNote: long, x: { shop: { reference: long } } });
    expect(replicas.find(({ system }) => system === 'shop')?.externalId).toBe(long);
    await hub.replicaIs(result.id, 'wms', 'synced');
    const arrived = wms.arrivals.find(({ key }) => key?.includes(result.id))?.text ?? '';
    expect(JSON.parse(arrived)).toMatchObject({ note: long, reference: long });
  });

  it.each([long, '1e400'])('are unreadable as an integer (%s): the rest is taken', async (digits) => {
    const text = good(`SO-INT-${digits}`).replace('"qty":2', `"qty":${digits}`);
    const result = await taken(text);
    expect(result).toMatchObject({
      status: 'partial',
      refused: [{ unit: 'lines', reason: 'unreadable', path: 'lines.0.qty' }],
    });
    expect((await hub.record('order', result.id)).data).toMatchObject({ buyerNote: 'ring twice' });
  });

  it.each(['9999999999999999999.99', '1e400'])('are unreadable as money (%s): the rest is taken', async (digits) => {
    const result = await taken(withNumber(`SO-MONEY-${digits}`, { total: digits }));
    expect(result).toMatchObject({
      status: 'partial',
      refused: [{ unit: 'payable', reason: 'unreadable', path: 'total' }],
    });
    expect((await hub.record('order', result.id)).data).not.toHaveProperty('payable');
  });
});

describe('words that are not known', () => {
  it('a system: 404 with what was probably meant', async () => {
    const answer = await hub.ask('POST', '/v1/systems/shpo/changes', { body: orderChange('SO-X') });
    expect(problemIn(answer, 404, 'not-found').detail).toContain('"shpo"; did you mean "shop"?');
  });

  it('a record type: 400 with what was probably meant', async () => {
    expect(await refused({ record: 'ordr', data: anOrder('SO-X') })).toEqual([
      '/record: unknown record type "ordr"; did you mean "order"?',
    ]);
  });

  it('a record type that the system has no mapping for: 400 naming both', async () => {
    expect(await refused({ record: 'shipment', data: { id: '1' } })).toEqual([
      '/record: system "shop" has no mapping for shipment',
    ]);
  });

  it('a value of an enum: its unit is refused by name, and the rest is taken', async () => {
    const result = await hub.say('shop', orderChange('SO-ENUM', { status: 'cancelld' }));
    expect(result).toMatchObject({
      status: 'partial',
      refused: [{ unit: 'status', reason: 'unreadable', path: 'status' }],
    });
    expect((await hub.record('order', result.id)).data).toMatchObject({ buyerNote: 'ring twice' });
  });

  it('a parameter of the query: 400', async () => {
    const answer = await hub.ask('GET', `/v1/records/order/${kept.id}/timeline?limt=5`);
    expect(faultsOf(problemIn(answer, 400, 'invalid-request'))).toEqual(['?limt: is not known; known: limit, after']);
  });
});

describe('a clock that is a day off', () => {
  const day = 86_400_000;
  const later = (ms: number): string => new Date(Date.now() + ms).toISOString();

  it('a day ahead: cut to now and flagged, and it does not win for ever', async () => {
    const { id } = await hub.say('shop', orderChange('SO-AHEAD'));
    await hub.say('crm', orderChange('SO-AHEAD', { id: 'C-1' }));
    const before = Date.now();
    await hub.say('shop', { ...orderChange('SO-AHEAD', { note: 'from tomorrow' }), at: later(day) });
    const ahead = await hub.record('order', id);
    expect(ahead.data.buyerNote).toBe('from tomorrow');
    expect(ahead.units.buyerNote?.ambiguous).toBe(true);
    const at = Date.parse(ahead.units.buyerNote?.at ?? '');
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
    const edit = await hub.say('crm', { ...orderChange('SO-AHEAD', { id: 'C-1', note: 'from now' }), at: later(1) });
    expect(edit.applied).toEqual(['buyerNote']);
    const again = await hub.say('shop', { ...orderChange('SO-AHEAD', { note: 'right again' }), at: later(10) });
    expect(again.applied).toEqual(['buyerNote']);
    expect((await hub.record('order', id)).data.buyerNote).toBe('right again');
  });

  it('a day behind: an older word does not undo a newer one of the same source', async () => {
    await hub.say('shop', { ...orderChange('SO-BEHIND'), at: later(0) });
    const old = await hub.say('shop', { ...orderChange('SO-BEHIND', { note: 'of yesterday' }), at: later(-day) });
    expect(old).toMatchObject({ status: 'unchanged', refused: [{ unit: 'buyerNote', reason: 'stale' }] });
  });
});

describe('a webhook', () => {
  const path = '/v1/webhooks/shop';
  const post = (number: string, more: Parameters<typeof signedWebhook>[1] = {}) => {
    const { headers, body } = signedWebhook(good(number), more);
    return hub.ask('POST', path, { body, headers, key: null });
  };

  it('with a wrong signature: 401, nothing is taken', async () => {
    const secret = `whsec_${Buffer.from('somebody-else-entirely').toString('base64')}`;
    const answer = await post('SO-WRONG', { secret });
    expect(problemIn(answer, 401, 'bad-signature').detail).toContain('signature');
    expect(await exists('SO-WRONG')).toBe(false);
  });

  it('whose body was changed on the way: 401', async () => {
    const { headers, body } = signedWebhook(good('SO-TAMPERED'), {});
    const answer = await hub.ask('POST', path, { body: body.replace('520.00', '1.00'), headers, key: null });
    problemIn(answer, 401, 'bad-signature');
    expect(await exists('SO-TAMPERED')).toBe(false);
  });

  // One that is ahead comes nearer while it is on its way.
  it.each([-301, 303])('of %i seconds from now: 401, however well it is signed', async (seconds) => {
    problemIn(await post('SO-LATE', { seconds }), 401, 'bad-signature');
    expect(await exists('SO-LATE')).toBe(false);
  });

  it.each([-290, 290])('of %i seconds from now is taken', async (seconds) => {
    expect((await post(`SO-NEAR-${seconds}`, { seconds })).status).toBe(200);
    expect(await exists(`SO-NEAR-${seconds}`)).toBe(true);
  });

  it('sent twice under one id has one effect', async () => {
    const id = 'msg_twice';
    for (let times = 0; times < 2; times++) expect((await post('SO-ONCE', { id })).text).toBe('{}');
    const { items } = await hub.get<{ items: { id: string }[] }>(
      `/v1/records/order/${(await hub.get<RecordView>('/v1/records/order?match=number:SO-ONCE')).id}/timeline`,
    );
    expect(items.filter((item) => 'version' in item)).toHaveLength(1);
    expect((await hub.ask('GET', '/metrics')).text).toContain(
      'syncline_changes_total{system="shop",status="repeated"} 1',
    );
  });

  it('that is well signed and no JSON: 400 and an alert', async () => {
    const { headers, body } = signedWebhook('{"record":', {});
    problemIn(await hub.ask('POST', path, { body, headers, key: null }), 400, 'invalid-request');
    await until('the alert is in the log', () =>
      hub.log.some(({ alert, system }) => alert === 'webhook_unreadable' && system === 'shop'),
    );
  });

  it('of a system without webhook settings: 404', async () => {
    const { headers, body } = signedWebhook(good('SO-X'), {});
    problemIn(await hub.ask('POST', '/v1/webhooks/crm', { body, headers, key: null }), 404, 'not-found');
  });
});

describe('a request at the edge', () => {
  it('of a method that the path does not have: 405 naming those it has', async () => {
    const answer = await hub.ask('DELETE', route);
    problemIn(answer, 405, 'method-not-allowed');
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it('of an unknown path: 404', async () => {
    problemIn(await hub.ask('GET', '/v1/nothing/here'), 404, 'not-found');
  });

  it('of another media type: 415', async () => {
    problemIn(await send('<order/>', { 'content-type': 'application/xml' }), 415, 'unsupported-media-type');
  });

  it('with headers of 20 KB: 431', async () => {
    await rawProblem([request([`X-Long: ${'x'.repeat(20_000)}`])], 431, 'headers-too-large');
  });

  it('that is no HTTP: 400', async () => {
    await rawProblem(['hello there\r\n\r\n'], 400, 'invalid-request');
  });

  it('with more than a thousand changes: 413', async () => {
    const lines = Array.from({ length: 1_001 }, (_, index) => `{"record":"order","id":"${index}"}`).join('\n');
    problemIn(await send(lines, { 'content-type': 'application/x-ndjson' }), 413, 'too-large');
  });

  it('in lines, some of them bad: the good ones are taken, the bad ones named', async () => {
    const lines = [good('SO-LINE-1'), '{"record":', '[]', good('SO-LINE-4')].join('\n');
    const answer = await send(lines, { 'content-type': 'application/x-ndjson' });
    expect(answer.status).toBe(202);
    const { results } = JSON.parse(answer.text) as { results: { status: string; faults?: { path: string }[] }[] };
    expect(results.map(({ status, faults }) => [status, faults?.[0]?.path])).toEqual([
      ['accepted', undefined],
      ['invalid', expect.stringMatching(/^\/line 2/)],
      ['invalid', '/line 3'],
      ['accepted', undefined],
    ]);
  });

  it('that reuses a key for another body: 422, and the first answer stays', async () => {
    const headers = { 'idempotency-key': 'key-of-a-day' };
    const first = await send(good('SO-KEY'), headers);
    problemIn(await send(good('SO-OTHER'), headers), 422, 'key-reused');
    const again = await send(good('SO-KEY'), headers);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(JSON.parse(again.text)).toEqual({
      results: [{ ...(JSON.parse(first.text) as { results: [object] }).results[0], repeated: true }],
    });
  });
});
