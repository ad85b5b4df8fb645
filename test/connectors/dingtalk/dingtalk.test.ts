// The signature of DingTalk, and what it says inside HTTP 200.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dingtalk } from '../../../connectors/dingtalk/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { Vendor } from '../../contract/connector/subject.ts';
import { aSend, connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { dingtalkGroup, signSecret, token } from './dingtalk-vendor.ts';

let vendor: Vendor;
let server: MswServer;
const opened: Connection[] = [];
beforeEach(async () => {
  vendor = dingtalkGroup(() => testNow);
  server = await startMswServer(...vendor.handlers);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.destroy()));
  await server.close();
});

function tell(settings: object) {
  const connection = connectTo(dingtalk, { url: server.url, token, signSecret, ...settings });
  opened.push(connection);
  const body = '{"msgtype": "text", "text": {"content": "订单已取消"}}';
  const send = aSend({ record: 'notification', recordId: 'ntf_1', body, match: [] });
  return dingtalk.push?.(send, connection.context());
}

it('signs time and secret as the documentation says', async () => {
  expect(await tell({})).toEqual({ externalId: 'ntf_1', status: 200 });
  const { searchParams } = new URL(server.arrivals[0]?.url ?? '', server.url);
  expect(Object.fromEntries(searchParams)).toEqual({
    access_token: token,
    timestamp: String(testNow),
    sign: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
  });
});

it('sends no signature where none is configured', async () => {
  await expect(tell({ signSecret: undefined })).rejects.toMatchObject({ kind: 'rejected' });
  expect(server.arrivals[0]?.url).toBe(`/robot/send?access_token=${token}`);
});

it.each([
  [{ signSecret: 'SECanother' }, 'sign not match (errcode 310000)'],
  [{ token: 'nobody' }, 'token is not exist (errcode 300001)'],
])('is refused in its own words with %j', async (settings, message) => {
  await expect(tell(settings)).rejects.toMatchObject({ kind: 'rejected', message });
  expect(vendor.held('notification')).toEqual([]);
});

it('is throttled beyond 20 messages a minute', async () => {
  for (let n = 0; n < 20; n += 1) vendor.add('notification', testNow - n);
  await expect(tell({})).rejects.toMatchObject({ kind: 'throttled' });
});

it('carries the same msgUuid however often it is sent, and another for another message', async () => {
  const connection = connectTo(dingtalk, { url: server.url, token, signSecret, msgUuid: true });
  opened.push(connection);
  const body = '{"msgtype":"text","text":{"content":"订单已取消"},"big":12345678901234567890}';
  const push = (key: string) =>
    dingtalk.push?.(aSend({ record: 'notification', recordId: 'ntf_1', body, key }), connection.context());
  for (const key of ['chat:1', 'chat:1', 'chat:2']) await push(key);
  const sent = server.arrivals.map((arrival) => arrival.body);
  expect(sent[0]).toMatch(/"big":12345678901234567890,"msgUuid":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"\}$/);
  expect(sent[1]).toBe(sent[0]);
  expect(sent[2]).not.toBe(sent[0]);
  expect(vendor.held('notification')).toHaveLength(2);
});
