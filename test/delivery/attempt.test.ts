// One attempt: what is sent, what each answer means, and when it is asked instead of sent.
import { describe, expect, it } from 'vitest';
import { ConnectorError } from '../../src/connector/contract.ts';
import type { HttpAnswer, HttpClient } from '../../src/connector/http.ts';
import type { Send } from '../../src/core/core.ts';
import { type Attempted, attempt } from '../../src/delivery/attempt.ts';
import { createCredentialCheck } from '../../src/delivery/credentials.ts';
import { down, type FakeSystem, fakeSystem, refusal } from './fake-system.ts';
import { sendOf } from './memory-core.ts';
import { recordingLog } from './scene.ts';
import { stepClock } from './step-clock.ts';

const unsafe = { repeatSafe: 'no' as const };
const unknownToUs = new ConnectorError('unauthorized', 'who are you?', { status: 401 });
const lost = new ConnectorError('unavailable', 'connection lost during POST /shipments (ECONNRESET)');
const late = new ConnectorError('timeout', 'no answer in time to POST /shipments');

function tried(system: FakeSystem, send: Partial<Send> = {}, stop = new AbortController()) {
  const { log, lines } = recordingLog();
  const { connection } = system;
  const clock = stepClock();
  const context = connection.context(stop.signal);
  const check = createCredentialCheck(connection, context);
  const deps = { connection, context, check, clock, log, signal: stop.signal, newSpanId: () => 'b7ad6b7169203331' };
  return { lines, clock, result: attempt(sendOf('wms', 'shp_1', send), deps) };
}

/** A push that is answered by what `answer` gives. */
function answering(answer: Error | object, more: Parameters<typeof fakeSystem>[1] = {}): FakeSystem {
  const system = fakeSystem('wms', more);
  system.answer = () => answer;
  return system;
}

const outcomeOf = async (system: FakeSystem, send: Partial<Send> = {}): Promise<Attempted> =>
  tried(system, send).result;

describe('what is sent', () => {
  it('has nothing null in it', async () => {
    const system = answering({});
    await outcomeOf(system);
    expect(system.pushed[0]).toEqual({
      op: 'create',
      record: 'shipment',
      recordId: 'shp_1',
      key: 'wms:shipment:shp_1:1',
      body: '{"code":"SO-1"}',
      match: [{ field: 'number', value: 'SO-1' }],
      repeat: false,
    });
  });

  it('keeps the trace and is a step of its own in it', async () => {
    const system = answering({});
    await outcomeOf(system, { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
    expect(system.pushed[0]?.traceparent).toBe('00-4bf92f3577b34da6a3ce929d0e0e4736-b7ad6b7169203331-01');
  });

  it('carries the id of the object that is updated', async () => {
    const system = answering({});
    await outcomeOf(system, { op: 'update', externalId: 'W-7' });
    expect(system.pushed[0]?.externalId).toBe('W-7');
  });
});

describe('what an answer means', () => {
  it('is delivered with the id and status', async () => {
    const { outcome, sign } = await outcomeOf(answering({ externalId: 'W-7', status: 201 }));
    expect(outcome).toEqual({ kind: 'delivered', externalId: 'W-7', status: 201 });
    expect(sign).toBe('delivered');
  });

  it('keeps status, body, Retry-After and whether it left', async () => {
    const error = new ConnectorError('unavailable', '500 from POST /shipments', {
      status: 500,
      body: 'busy',
      retryAfterMs: 7000,
    });
    expect((await outcomeOf(answering(error))).outcome).toEqual({
      kind: 'unavailable',
      message: '500 from POST /shipments',
      status: 500,
      body: 'busy',
      retryAfterMs: 7000,
      sent: true,
    });
  });

  it('says that nothing left, unless an earlier attempt may have', async () => {
    const refused = new ConnectorError('unavailable', 'cannot reach', { sent: false });
    expect((await outcomeOf(answering(refused))).outcome).toMatchObject({ sent: false });
    expect((await outcomeOf(answering(refused), { repeat: true })).outcome).toMatchObject({ sent: true });
  });

  const busy = new ConnectorError('throttled', '429 from POST /shipments', { status: 429 });

  it.each<[string, Partial<HttpAnswer>[], Partial<Send>, boolean]>([
    ['the only request of a create is turned away', [{}], {}, false],
    ['a create that was dropped and repeated is turned away', [{ repeated: true }], {}, true],
    ['the second request of a create is turned away', [{}, {}], {}, true],
    ['the only request of a repeated create is turned away', [{}], { repeat: true }, true],
    ['the second request of an update is turned away', [{}, {}], { op: 'update', externalId: 'W-7' }, false],
  ])('when %s', async (_, answers, send, sent) => {
    const system = fakeSystem('wms');
    const { connector, context } = system.connection;
    const left = answers.map((answer) => ({ repeated: false, ...answer }) as HttpAnswer);
    const http: HttpClient = { request: async () => left.shift() as HttpAnswer, redact: String };
    system.connection.context = (signal) => ({ ...context(signal), http });
    connector.push = async (_send, { http }) => {
      const request = { method: 'POST', origin: 'http://wms.test', path: '/shipments' };
      for (const _each of answers) await http.request(request);
      throw busy;
    };
    expect((await outcomeOf(system, send)).outcome).toMatchObject({ kind: 'throttled', sent });
  });

  it('is delivered when the rival of a conflict is our own earlier request', async () => {
    const system = answering(new ConnectorError('conflict', 'key known', { status: 409, ours: true }));
    system.find = () => 'W-7';
    expect((await outcomeOf(system)).outcome).toEqual({ kind: 'delivered', externalId: 'W-7', status: 409 });
  });

  it('is a refusal when the rival of a conflict is another', async () => {
    const system = answering(new ConnectorError('conflict', 'number is taken', { status: 409 }));
    expect((await outcomeOf(system)).outcome).toMatchObject({ kind: 'rejected', message: 'number is taken' });
  });

  it.each([
    [down(), 'failed'],
    [late, 'failed'],
    [refusal(), 'answered'],
    [new ConnectorError('not_found', '404', { status: 404 }), 'answered'],
    [new ConnectorError('invalid', 'cannot be sent', { sent: false }), 'nothing'],
    [new ConnectorError('invalid', 'no id in it', { status: 201 }), 'answered'],
    [new ConnectorError('throttled', '429', { status: 429 }), 'throttled'],
    [unknownToUs, 'unauthorized'],
  ])('says of the system: %s → %s', async (error, sign) => {
    expect((await outcomeOf(answering(error))).sign).toBe(sign);
  });

  it('is our own fault when the connector throws anything else: logged, and no word against the system', async () => {
    const { result, lines } = tried(answering(new TypeError('x is not a function')));
    const { outcome, sign } = await result;
    expect(outcome).toEqual({ kind: 'unknown', message: 'fault in the connector: x is not a function', sent: true });
    expect(sign).toBe('nothing');
    expect(lines).toMatchObject([{ level: 'error', fields: { system: 'wms', recordId: 'shp_1' } }]);
  });

  it('is timed by the clock', async () => {
    const system = fakeSystem('wms');
    const { result, clock } = tried(system);
    const startedAt = clock.now();
    await clock.advance(250);
    system.open[0]?.take();
    expect(await result).toMatchObject({ startedAt, durationMs: 250 });
  });
});

describe('403', () => {
  const forbidden = new ConnectorError('forbidden', 'not yours', { status: 403 });

  it('is a refusal of the record when the check passes', async () => {
    const { outcome, sign } = await outcomeOf(answering(forbidden));
    expect(outcome).toMatchObject({ kind: 'rejected', status: 403, message: 'not yours' });
    expect(sign).toBe('answered');
  });

  it.each(['unauthorized', 'forbidden'] as const)('means our credentials when the check is %s too', async (kind) => {
    const system = answering(forbidden);
    system.check = () => {
      throw new ConnectorError(kind, 'no', { status: 403 });
    };
    expect(await outcomeOf(system)).toMatchObject({
      outcome: { kind: 'unauthorized', status: 403 },
      sign: 'unauthorized',
    });
  });

  it('is a refusal of the record when the check fails for another reason', async () => {
    const system = answering(forbidden);
    system.check = () => {
      throw down();
    };
    expect((await outcomeOf(system)).outcome).toMatchObject({ kind: 'rejected' });
  });

  it('is checked once for all that meet it at the same time', async () => {
    const system = answering(forbidden);
    const { connection } = system;
    const check = createCredentialCheck(connection, connection.context());
    expect(await Promise.all([check.refused(), check.refused(), check.run()])).toEqual([false, false, { ok: true }]);
    expect(system.checks).toBe(1);
    await check.run();
    expect(system.checks).toBe(2);
  });

  it('is a refusal of the record when nothing can be checked', async () => {
    const system = answering(forbidden, { checks: false });
    expect((await outcomeOf(system)).outcome).toMatchObject({ kind: 'rejected' });
  });
});

describe('a create that may have arrived before a kill, to a system that would make it twice', () => {
  it('is delivered without sending when it is found', async () => {
    const system = answering({}, unsafe);
    system.find = () => 'W-7';
    expect((await outcomeOf(system, { repeat: true })).outcome).toEqual({ kind: 'delivered', externalId: 'W-7' });
    expect(system.pushed).toEqual([]);
    expect(system.finds).toEqual([{ record: 'shipment', match: [{ field: 'number', value: 'SO-1' }] }]);
  });

  it('is sent when the system does not have it', async () => {
    const system = answering({ externalId: 'W-7' }, unsafe);
    expect((await outcomeOf(system, { repeat: true })).outcome).toMatchObject({ kind: 'delivered', externalId: 'W-7' });
    expect(system.pushed).toHaveLength(1);
  });

  it.each([
    ['no look-up', { ...unsafe, finds: false }, {}],
    ['nothing to look it up by', unsafe, { match: [] }],
  ])('is unclear and not sent: %s', async (_, abilities, more) => {
    const system = answering({}, abilities);
    const { outcome, sign } = await outcomeOf(system, { repeat: true, ...more });
    expect(outcome).toMatchObject({ kind: 'unclear', sent: true });
    expect(sign).toBe('nothing');
    expect(system.pushed).toEqual([]);
  });

  it('is asked again later when the look-up fails, and not sent before', async () => {
    const system = answering({}, unsafe);
    system.find = () => {
      throw down();
    };
    const { outcome, sign } = await outcomeOf(system, { repeat: true });
    expect(outcome).toMatchObject({
      kind: 'unavailable',
      sent: true,
      message: expect.stringContaining('503 from POST /shipments'),
    });
    expect(sign).toBe('failed');
    expect(system.pushed).toEqual([]);
  });

  it('pauses the system when the look-up is not let in', async () => {
    const system = answering({}, unsafe);
    system.find = () => {
      throw unknownToUs;
    };
    expect((await outcomeOf(system, { repeat: true })).outcome).toMatchObject({ kind: 'unauthorized', sent: true });
  });

  it.each([
    ['an update', { op: 'update' as const, externalId: 'W-7' }],
    ['a first send', { repeat: false }],
  ])('is not asked for: %s', async (_, more) => {
    const system = answering({}, unsafe);
    await outcomeOf(system, { repeat: true, ...more });
    expect(system.finds).toEqual([]);
    expect(system.pushed).toHaveLength(1);
  });

  it('is sent at once where a repeat is harmless', async () => {
    const system = answering({});
    await outcomeOf(system, { repeat: true });
    expect(system.finds).toEqual([]);
  });
});

describe('a push without a clear end', () => {
  it('is delivered when the system turns out to have it', async () => {
    const system = answering(lost.as('unclear'), unsafe);
    system.find = () => 'W-7';
    expect((await outcomeOf(system)).outcome).toEqual({ kind: 'delivered', externalId: 'W-7' });
  });

  it('is tried again when the system says that it is not there, after asking once more', async () => {
    const { outcome, sign } = await outcomeOf(answering(lost.as('unclear'), unsafe));
    expect(outcome).toMatchObject({ kind: 'unavailable', sent: true });
    expect(sign).toBe('failed');
  });

  it('stays unclear when it was only too slow: it may still happen', async () => {
    expect((await outcomeOf(answering(late.as('unclear'), unsafe))).outcome).toMatchObject({
      kind: 'unclear',
      sent: true,
    });
  });

  it('that was turned away for too many requests has not been done, unless it was sent before', async () => {
    const error = new ConnectorError('throttled', '429', { status: 429 });
    expect((await outcomeOf(answering(error, unsafe))).outcome).toMatchObject({ sent: false });
    expect((await outcomeOf(answering(error), { repeat: true })).outcome).toMatchObject({ sent: true });
  });

  it('stays unclear when the system had said that it was done', async () => {
    const done = new ConnectorError('unclear', 'created, but its id was not found', { status: 503 });
    expect((await outcomeOf(answering(done, unsafe))).outcome).toMatchObject({ kind: 'unclear', sent: true });
  });

  it('stays unclear when the look-up fails', async () => {
    const system = answering(lost.as('unclear'), unsafe);
    system.find = () => {
      throw down();
    };
    expect((await outcomeOf(system)).outcome).toMatchObject({ kind: 'unclear', sent: true });
  });

  it('stays unclear for an update: its object is there either way', async () => {
    const system = answering(lost.as('unclear'), unsafe);
    system.find = () => 'W-7';
    expect((await outcomeOf(system, { op: 'update', externalId: 'W-7' })).outcome).toMatchObject({ kind: 'unclear' });
    expect(system.finds).toEqual([]);
  });
});

describe('an attempt cut by a shutdown', () => {
  it('is due again at once, and may have arrived', async () => {
    const stop = new AbortController();
    const { result } = tried(fakeSystem('wms'), {}, stop);
    stop.abort();
    expect((await result).outcome).toMatchObject({ kind: 'unavailable', sent: true, stopped: true });
  });

  it('counts as what it is when the answer came just in time', async () => {
    const stop = new AbortController();
    const system = fakeSystem('wms');
    system.deaf = true;
    const { result } = tried(system, {}, stop);
    stop.abort();
    system.open[0]?.fail(refusal());
    expect((await result).outcome).toMatchObject({ kind: 'rejected', status: 422 });
  });

  it('is not taken for a refusal when the check of a 403 was cut', async () => {
    const stop = new AbortController();
    const system = answering(new ConnectorError('forbidden', 'not yours', { status: 403 }));
    system.check = () => {
      stop.abort();
      throw down();
    };
    expect((await tried(system, {}, stop).result).outcome).toMatchObject({ kind: 'unavailable', stopped: true });
  });

  it('is not left unclear when it was cut while asking', async () => {
    const stop = new AbortController();
    const system = answering({}, unsafe);
    system.find = () => {
      stop.abort();
      throw new ConnectorError('unavailable', 'the hub stopped');
    };
    const { result } = tried(system, { repeat: true }, stop);
    expect((await result).outcome).toMatchObject({ kind: 'unavailable', stopped: true, sent: true });
  });
});
