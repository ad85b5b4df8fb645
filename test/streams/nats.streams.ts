// NATS JetStream on a real server: npm run test:streams.
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, credsAuthenticator } from '@nats-io/transport-node';
import { describe, expect, inject, it } from 'vitest';
import { nats } from '../../connectors/nats/index.ts';
import type { StreamEvent } from '../../src/connector/contract.ts';
import { connectTo } from '../connectors/connect.ts';
import type { Broker } from '../contract/publish/broker.ts';
import { publishContract } from '../contract/publish.contract.ts';

const { port: main, password, token, tokenPort, seed } = inject('nats');
const auth = { username: 'hub', password };
const settings = (port: number, more: object = {}) => ({ servers: `nats://127.0.0.1:${port}`, auth, ...more });

/** A stream that keeps what is below `syncline.`, empty, as a person makes it. */
async function aStream(subjects = ['syncline.>'], more: object = {}): Promise<Broker> {
  const open = await connect({ port: main, user: auth.username, pass: password });
  const manager = await jetstreamManager(open);
  await manager.streams.delete('CHANGES').catch(() => undefined);
  await manager.streams.add({ name: 'CHANGES', subjects, ...more });
  const kept: Broker['kept'] = async () => {
    const { state } = await manager.streams.info('CHANGES');
    const all: Awaited<ReturnType<Broker['kept']>> = [];
    for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq += 1) {
      const message = await manager.streams.getMessage('CHANGES', { seq });
      if (message) all.push({ id: message.header.get('Nats-Msg-Id'), place: message.subject, body: message.string() });
    }
    return all;
  };
  return {
    ...{ port: main, settings, kept },
    wrongCredentials: (port) => settings(port, { auth: { ...auth, password: 'wrong' } }),
    close: async () => {
      await manager.streams.delete('CHANGES').catch(() => undefined);
      await open.close();
    },
  };
}

publishContract({
  connector: nats,
  open: () => aStream(),
  tooLarge: { bytes: 16_384, words: /has \d+ bytes, the server takes 16384 at most \(max_payload\)/ },
});

const event = (no: number, more: Partial<StreamEvent> = {}): StreamEvent => ({
  ...{ id: `e1:${no}`, record: 'order', recordId: 'ord_1', op: 'updated', source: 'shop' },
  body: `{"no":${no}}`,
  ...more,
});

async function publish(raw: object, ...events: StreamEvent[]) {
  const connection = connectTo(nats, raw);
  const done = await nats.publish?.(events, connection.context());
  await connection.destroy();
  return done;
}

async function check(raw: object): Promise<string> {
  const connection = connectTo(nats, raw);
  const found = await nats.check?.(connection.context()).then(
    () => 'well',
    (error: Error & { kind: string }) => `${error.kind}: ${error.message}`,
  );
  await connection.destroy();
  return String(found);
}

describe('a real NATS server', () => {
  it('drops a repeat of an id by its own window, and shows subject, id, type and trace', async () => {
    const stream = await aStream();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const raw = settings(main, { subject: 'syncline.{source}.{record}.{op}' });
    expect(await publish(raw, event(1, { traceparent }), event(2))).toEqual({ taken: 2 });
    expect(await publish(raw, event(1, { traceparent }), event(2), event(3))).toEqual({ taken: 3 });
    expect(await stream.kept()).toEqual(
      [1, 2, 3].map((no) => ({ id: `e1:${no}`, place: 'syncline.shop.order.updated', body: `{"no":${no}}` })),
    );
    await stream.close();
  });

  it('lets us in by password, token and nkey; a seed that it does not know, or a wrong token, is unauthorized', async () => {
    const stream = await aStream();
    expect(await check(settings(main))).toBe('well');
    expect(await check(settings(main, { auth: { nkey: seed } }))).toBe('well');
    expect(await publish(settings(main, { auth: { nkey: seed } }), event(1))).toEqual({ taken: 1 });
    expect(await check(settings(tokenPort, { auth: { token }, records: ['order'] }))).toMatch(
      /^rejected: no stream keeps/,
    );
    expect(await check(settings(tokenPort, { auth: { token: 'wrong' } }))).toMatch(/^unauthorized: /);
    expect(await check(settings(main, { auth: undefined }))).toMatch(/^unauthorized: /);
    await stream.close();
  });

  it('says which subject no stream keeps, what another stream would keep, and what we may not publish', async () => {
    const stream = await aStream(['syncline.order']);
    const customer = event(2, { record: 'customer' });
    expect(await check(settings(main))).toMatch(/^rejected: no stream keeps the subject syncline\.customer; make one/);
    expect(await check(settings(main, { records: ['order'] }))).toBe('well');
    expect(await publish(settings(main), event(1), customer)).toMatchObject({
      taken: 1,
      error: { kind: 'rejected', message: expect.stringContaining('no stream keeps this subject') },
    });
    expect(await publish(settings(main, { stream: 'OTHER' }), event(3))).toMatchObject({
      taken: 0,
      error: { kind: 'rejected', message: expect.stringContaining('expected stream') },
    });
    const narrow = settings(main, { auth: { username: 'narrow', password } });
    expect(await publish(narrow, event(4))).toMatchObject({
      taken: 0,
      error: { kind: expect.stringMatching(/forbidden|timeout/) },
    });
    await stream.close();
  });

  it('that is full and takes no more is a failure of the broker, not of one event', async () => {
    const stream = await aStream(['syncline.>'], { max_msgs: 2, discard: 'new' });
    expect(await publish(settings(main), event(1), event(2), event(3))).toMatchObject({
      taken: 2,
      error: { message: expect.stringContaining('maximum messages exceeded') },
    });
    await stream.close();
  });

  it('reads a credentials file as the client does', async () => {
    expect(() => credsAuthenticator(new TextEncoder().encode('no creds'))).not.toThrow();
    expect(await check(settings(main, { auth: { credsFile: '/nowhere/hub.creds' } }))).toMatch(
      /unauthorized: .*ENOENT/,
    );
  });
});
