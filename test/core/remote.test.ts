import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { AlertKind, Core, Send, Settled, Settlement } from '../../src/core/core.ts';
import { recordTypes } from '../../src/model/records.ts';
import { replicaStates } from '../../src/store/rows.ts';
import { createFakeCore } from '../gateway/fake-core.ts';
import { bridge, change, closeBridges, echo, groupedAccept } from './bridge.ts';

afterEach(closeBridges);

describe('a call', () => {
  const methods = Object.keys(createFakeCore()).filter(
    (name) => !['calls', 'rows', 'last', 'claim', 'settle'].includes(name),
  ) as (keyof Core)[];

  it.each(methods)('of %s reaches the core with its arguments and brings its answer', async (method) => {
    const { core, behind } = bridge({ [method]: async () => ({ from: method }) });
    const args = [{ a: [1, null] }, 'text', undefined, 3];
    const answer = await Reflect.apply(core[method], core, method === 'close' ? [] : args);
    if (method !== 'close') expect(answer).toEqual({ from: method });
    expect(behind.last(method)).toEqual(method === 'close' ? [] : args);
  });

  it('that is answered with nothing brings undefined', async () => {
    const { core } = bridge();
    expect(await core.record({ type: 'order', id: 'ord_none' })).toBeUndefined();
  });

  it.each([
    ['a body of 1 MB', `{"note":"${'x'.repeat(1_000_000)}"}`],
    ['a long body in two scripts', `{"note":"${'李雷 née 🛒'.repeat(50_000)}"}`],
    ['what no encoding likes', '\0 \ud800 \ufeff \u2028 \udfff'],
  ])('carries %s unharmed', async (_, body) => {
    const { core } = bridge({ accept: async (request) => echo(request) });
    expect((await core.accept(change(body))).body === body).toBe(true);
  });
});

describe('sends and settlements', () => {
  const text = fc.string({ unit: 'binary' });
  const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });
  const plain = <T>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
    fc.record<T>(members, { noNullPrototype: true });
  const send: fc.Arbitrary<Send> = plain({
    ...{ system: text, record: fc.constantFrom(...recordTypes), recordId: text, externalId: maybe(text) },
    ...{ op: fc.constantFrom('create', 'update', 'delete'), key: text, seq: fc.nat(), body: text, token: text },
    ...{ match: fc.array(plain({ field: text, value: text })), traceparent: maybe(text), repeat: fc.boolean() },
    ...{ attempts: fc.nat(), lastAttemptAt: maybe(fc.nat()), lastError: maybe(fc.string()) },
  });
  const settlement: fc.Arbitrary<Settlement> = plain({
    ...{ system: text, recordId: text, seq: fc.nat(), token: text, startedAt: fc.nat(), durationMs: fc.double() },
    outcome: fc.oneof(
      fc.record(
        { kind: fc.constant('delivered' as const), externalId: text, status: fc.nat() },
        { requiredKeys: ['kind'], noNullPrototype: true },
      ),
      plain({ kind: text, message: text, sent: fc.boolean() }),
    ),
  });
  const settled: fc.Arbitrary<Settled> = plain({
    ...{ system: text, recordId: text, state: fc.constantFrom(...replicaStates, undefined), outcome: text },
  });

  it('arrive as they were, however many', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(send),
        fc.array(settlement),
        fc.array(settled),
        async (sends, settlements, settledOnes) => {
          const { core, behind } = bridge({ claim: async () => sends, settle: async () => settledOnes });
          const [claimed, answers] = await Promise.all([core.claim('wms', 8), core.settle(settlements)]);
          expect(claimed).toStrictEqual(sends);
          expect(answers).toStrictEqual(settledOnes);
          expect(behind.last('claim')).toEqual(['wms', 8]);
          expect(behind.last('settle')).toStrictEqual([settlements]);
          closeBridges();
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('times from commit to arrival', () => {
  it('arrive as they were, however many', async () => {
    const synced = fc.record({
      ...{ system: fc.string({ unit: 'binary' }), record: fc.constantFrom(...recordTypes), seconds: fc.double() },
    });
    await fc.assert(
      fc.asyncProperty(fc.array(synced), async (all) => {
        const { core, told, commit } = bridge();
        commit({ synced: all });
        await core.lag();
        expect(told.flatMap((events) => events.synced)).toEqual(all);
        closeBridges();
      }),
      { numRuns: 30 },
    );
  });
});

describe('calls of one turn', () => {
  it('cross in one message, in the order in which they were made', async () => {
    const { core, behind, messages } = bridge({ accept: async (request) => echo(request) });
    await Promise.all([core.accept(change('1')), core.cursor('shop').catch(() => {}), core.accept(change('2'))]);
    expect(behind.calls.map(({ verb }) => verb)).toEqual(['accept', 'cursor', 'accept']);
    expect(messages.toCore).toBe(1);
  });

  it('include those that a resolved promise leads to', async () => {
    const { core, messages } = bridge();
    const later = async () => {
      for (let hop = 0; hop < 20; hop++) await undefined;
      await core.lag();
    };
    await Promise.all([core.lag(), later()]);
    expect(messages.toCore).toBe(1);
  });

  it('and of the other sockets that were readable with it cross in one message', async () => {
    const { core, behind, messages } = bridge();
    await new Promise<void>((resolve) => {
      // Immediates run one after the other with a turn of promises and ticks between them, as sockets do.
      for (const name of ['crm', 'shop', 'wms']) setImmediate(() => void core.cursor(name).catch(() => {}));
      setImmediate(resolve);
    });
    await core.lag();
    expect(behind.calls.map(({ verb }) => verb)).toEqual(['cursor', 'cursor', 'cursor', 'lag']);
    expect(messages.toCore).toBe(1);
  });

  it('that follow the answers of one message cross in one again', async () => {
    const { core, messages } = bridge({ accept: groupedAccept() });
    const twice = async () => {
      await core.accept(change('1'));
      await core.accept(change('2'));
    };
    await Promise.all(Array.from({ length: 30 }, twice));
    expect(messages).toEqual({ toCore: 2, fromCore: 2 });
  });

  it('of another turn are not held up by one that waits', async () => {
    const { core, messages } = bridge({ claim: () => new Promise(() => {}) });
    core.claim('wms', 8).catch(() => {});
    await core.lag();
    await core.lag();
    expect(messages).toEqual({ toCore: 2, fromCore: 2 });
  });
});

describe('answers', () => {
  it('of one commit come in one message, whatever the way each takes through promises', async () => {
    const grouped = groupedAccept();
    let depth = 0;
    const { core, messages } = bridge({
      accept: async (request) => {
        const reply = await grouped(request);
        for (let hops = depth++; hops > 0; hops--) await undefined;
        return reply;
      },
    });
    const replies = await Promise.all(Array.from({ length: 20 }, (_, at) => core.accept(change(`${at}`))));
    expect(replies.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, (_, at) => `${at}`));
    expect(messages.fromCore).toBe(1);
  });

  it('that cannot be copied fail by themselves, their neighbours arrive', async () => {
    const { core, messages } = bridge({ cursor: async () => (() => {}) as unknown as string });
    const [lag, cursor, epoch] = await Promise.allSettled([core.lag(), core.cursor('shop'), core.epoch()]);
    expect(lag.status).toBe('fulfilled');
    expect(epoch).toMatchObject({ value: 'e1' });
    expect(cursor).toMatchObject({ reason: { name: 'DataCloneError' } });
    expect(messages.toCore).toBe(1);
  });

  it('come for the neighbours of a call that cannot be copied', async () => {
    const { core, behind } = bridge();
    const odd = (() => {}) as unknown as string;
    const [first, refused, last] = await Promise.allSettled([core.epoch(), core.cursor(odd), core.epoch()]);
    expect([first.status, refused.status, last.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(behind.calls.map(({ verb }) => verb)).toEqual(['epoch', 'epoch']);
  });
});

describe('events', () => {
  it('come in the message of the answers of their commit, and are told before them', async () => {
    const { core, told, messages, commit } = bridge({
      accept: groupedAccept((bodies) => commit({ head: bodies.length })),
    });
    const heads = await Promise.all(
      ['1', '2', '3'].map((body) => core.accept(change(body)).then(() => told.map(({ head }) => head))),
    );
    expect(heads).toEqual([[3], [3], [3]]);
    expect(messages.fromCore).toBe(1);
  });

  it('of several commits before a message are merged, none is lost', async () => {
    const { core, told, commit } = bridge({
      lag: async () => {
        const alert = (kind: AlertKind) => ({ kind, message: `${kind}!` });
        const synced = { system: 'wms', record: 'order' as const, seconds: 2 };
        commit({ head: 7, alerts: [alert('unclear')], commits: [0.1], fetches: true });
        commit({
          head: 9,
          alerts: [alert('internal')],
          commits: [0.2],
          attempts: [{ system: 'wms', outcome: 'parked' }],
        });
        commit({ head: 8, commits: [0.3], synced: [synced] });
        return [];
      },
    });
    await core.lag();
    expect(told).toEqual([
      {
        head: 9,
        alerts: [
          { kind: 'unclear', message: 'unclear!' },
          { kind: 'internal', message: 'internal!' },
        ],
        commits: [0.1, 0.2, 0.3],
        synced: [{ system: 'wms', record: 'order', seconds: 2 }],
        attempts: [{ system: 'wms', outcome: 'parked' }],
        fetches: true,
      },
    ]);
  });

  it('are told once each, and without an answer to go with', async () => {
    const { core, told, messages, commit } = bridge();
    commit({ head: 1, commits: [0.1] });
    await core.lag();
    commit({ head: 2, commits: [0.2] });
    await core.lag();
    expect(told.map(({ head, commits }) => ({ head, commits }))).toEqual([
      { head: 1, commits: [0.1] },
      { head: 2, commits: [0.2] },
    ]);
    expect(messages.fromCore).toBe(4);
  });

  it('outlive an answer beside them that cannot be copied', async () => {
    const { core, told, commit } = bridge({
      cursor: async () => {
        commit({ head: 5 });
        return (() => {}) as unknown as string;
      },
    });
    await expect(core.cursor('shop')).rejects.toThrow();
    expect(told.map(({ head }) => head)).toEqual([5]);
  });
});
