// A webhook as its connector reads it becomes what the gateway can take, or an answer to the sender.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { http } from '../../connectors/http/index.ts';
import { openConnection } from '../../src/connector/connection.ts';
import { ConnectorError, type ConnectorErrorKind, type Received } from '../../src/connector/contract.ts';
import { createSigner } from '../../src/connector/standard-webhooks.ts';
import { type ReceivedWebhook, receiverOf } from '../../src/intake/receive.ts';
import { fakeSource } from './fake-source.ts';

const request = { headers: {}, body: new Uint8Array() };

async function receive(answer: () => Promise<Received>): Promise<ReceivedWebhook | null> {
  const receiver = receiverOf(fakeSource('shop', { receive: answer }));
  if (!receiver) throw new Error('there is no receiver');
  return receiver(request);
}

const raw = (text: string) => receive(async () => ({ raw: text }));
const refusing = (kind: ConnectorErrorKind) =>
  receive(async () => {
    throw new ConnectorError(kind, `it is ${kind}`);
  });

describe('a connector that takes no webhooks', () => {
  it('has no receiver', () => {
    expect(receiverOf(fakeSource('shop', {}))).toBeUndefined();
  });
});

describe('a refusal', () => {
  it('for want of settings is null', async () => {
    expect(await refusing('not_found')).toBeNull();
  });

  it('of the signature is told as that', async () => {
    expect(await refusing('unauthorized')).toEqual({ kind: 'bad_signature', message: 'it is unauthorized' });
  });

  it('of the content is told as that', async () => {
    expect(await refusing('invalid')).toEqual({ kind: 'unreadable', message: 'it is invalid' });
  });

  it('of any other kind is no answer to the sender', async () => {
    await expect(refusing('unavailable')).rejects.toThrow('it is unavailable');
  });

  it('that is a fault of the connector is not blamed on the sender', async () => {
    const broken = receive(async () => {
      throw new TypeError('undefined is not a function');
    });
    await expect(broken).rejects.toThrow(TypeError);
  });
});

describe('changes', () => {
  it('become NDJSON, payloads as they came, with the id of the webhook', async () => {
    const changes = [
      { record: 'order' as const, id: '1', data: '{"total": 1.50}' },
      { record: 'order' as const, id: '2' },
    ];
    expect(await receive(async () => ({ changes, dedupeId: 'msg_1' }))).toEqual({
      kind: 'changes',
      format: 'ndjson',
      body: '{"record":"order","id":"1","data":{"total": 1.50}}\n{"record":"order","id":"2"}',
      dedupeId: 'msg_1',
    });
  });

  it('without a webhook id carry none', async () => {
    const received = await receive(async () => ({ changes: [{ record: 'order' as const, id: '1' }] }));
    expect(received).not.toHaveProperty('dedupeId');
  });

  it('that are none are nothing', async () => {
    expect(await receive(async () => ({ changes: [], dedupeId: 'msg_1' }))).toEqual({ kind: 'nothing' });
  });

  it('whose payload is no JSON are unreadable', async () => {
    const changes = [{ record: 'order' as const, id: '1', data: '{"id":1},"op":"delete"' }];
    expect(await receive(async () => ({ changes }))).toEqual({
      kind: 'unreadable',
      message: 'a order payload is not valid JSON',
    });
  });
});

describe('a raw body', () => {
  const change = '{"record":"order","id":"1"}';

  it.each([
    ['one object', change],
    ['one object and a line end', `${change}\n`],
    ['an object over many lines', '{\n  "record": "order",\n  "id": "1"\n}'],
    ['an object whose first line is not the whole of it', '{"record":"order","data":{}\n}'],
    ['an array', `[${change},${change}]`],
    ['an array with a change on each line', `[\n${change},\n${change}\n]`],
    ['lines that are no objects', '[1]\n[2]'],
    ['nothing', ''],
    ['no JSON', 'hello\nworld'],
  ])('that is %s is JSON, and handed on as it came', async (_, body) => {
    expect(await raw(body)).toEqual({ kind: 'changes', body, format: 'json' });
  });

  it.each([
    ['two objects', `${change}\n${change}`],
    ['objects with line ends of Windows', `${change}\r\n${change}\r\n`],
    ['objects between empty lines', `\n${change}\n\n${change}\n`],
    ['a good line before a broken one', `${change}\n{"record":`],
  ])('that is %s is NDJSON, and handed on as it came', async (_, body) => {
    expect(await raw(body)).toEqual({ kind: 'changes', body, format: 'ndjson' });
  });

  it('of objects line by line is always NDJSON, of one value however indented always JSON', async () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(fc.array(object, { minLength: 2, maxLength: 4 }), async (objects) => {
        const lines = objects.map((one) => JSON.stringify(one)).join('\n');
        expect(await raw(lines)).toMatchObject({ format: 'ndjson' });
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(object, fc.array(object)), fc.nat(4), async (value, indent) => {
        expect(await raw(JSON.stringify(value, null, indent))).toMatchObject({ format: 'json' });
      }),
    );
  });
});

describe('the http connector', () => {
  const now = Date.parse('2026-11-23T05:00:00.000Z');
  const secret = 'whsec_c2VjcmV0LW9mLXRoZS1zaG9w';
  const body = '{"record":"order","id":"8812","data":{"number":"SO-1"}}';

  function receiver(webhook: object | undefined) {
    const rawSettings = { url: 'http://127.0.0.1:9002', ...(webhook && { webhook }) };
    const settings = http.settings.parse(rawSettings);
    const connection = openConnection({
      ...{ system: 'wms', connector: http, rawSettings, settings, connections: 1 },
      now: () => now,
    });
    return receiverOf(connection);
  }

  const signed = (text: string, key = secret) => {
    const message = { id: 'msg_1', timestamp: String(now / 1000), body: text };
    return {
      headers: {
        'webhook-id': message.id,
        'webhook-timestamp': message.timestamp,
        'webhook-signature': createSigner(key)(message),
      },
      body: new TextEncoder().encode(text),
    };
  };

  it('hands a signed body on with its webhook-id', async () => {
    expect(await receiver({ scheme: 'standard', secret })?.(signed(body))).toEqual({
      kind: 'changes',
      body,
      format: 'json',
      dedupeId: 'msg_1',
    });
  });

  it('refuses one that is signed with another secret', async () => {
    const answer = await receiver({ scheme: 'standard', secret })?.(signed(body, 'whsec_b3RoZXI='));
    expect(answer).toMatchObject({ kind: 'bad_signature' });
  });

  it('has no webhook without settings for it', async () => {
    expect(await receiver(undefined)?.(signed(body))).toBeNull();
  });
});
