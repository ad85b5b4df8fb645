// What WeCom says inside HTTP 200.
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { wecom } from '../../../connectors/wecom/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { Vendor } from '../../contract/connector/subject.ts';
import { anUpdate, aSend, connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { key, perMinute, wecomGroup } from './wecom-vendor.ts';

let vendor: Vendor;
let server: MswServer;
let connection: Connection;
beforeEach(async () => {
  vendor = wecomGroup(() => testNow);
  server = await startMswServer(...vendor.handlers);
  connection = connectTo(wecom, { url: server.url, key });
});
afterEach(async () => {
  await connection.destroy();
  await server.close();
});

const body = '{"msgtype": "text", "text": {"content": "缺货"}}';
const tell = (more = {}) =>
  wecom.push?.(aSend({ record: 'notification', recordId: 'ntf_1', body, match: [], ...more }), connection.context());

it('sends the stored bytes and names the message as we do', async () => {
  expect(await tell()).toEqual({ externalId: 'ntf_1', status: 200 });
  expect(server.arrivals.map((arrival) => arrival.body)).toEqual([body]);
});

it('is throttled beyond 20 messages a minute', async () => {
  for (let n = 0; n < perMinute; n += 1) vendor.add('notification', testNow - n);
  await expect(tell()).rejects.toMatchObject({ kind: 'throttled', message: 'api freq out of limit (errcode 45009)' });
  expect(vendor.held('notification')).toHaveLength(perMinute);
});

it.each([
  [{ errcode: -1, errmsg: 'system busy' }, 'unavailable'],
  [{ errcode: 49999, errmsg: 'a code that nobody has described' }, 'rejected'],
  [{ status: 'fine' }, 'unclear'],
])('reads %j as %s', async (answer, kind) => {
  server.use(on.post('*/cgi-bin/webhook/send', () => HttpResponse.json(answer)));
  await expect(tell()).rejects.toMatchObject({ kind, status: 200 });
});

it('changes nothing that was told', async () => {
  await expect(wecom.push?.(anUpdate({ record: 'notification' }), connection.context())).rejects.toMatchObject({
    kind: 'invalid',
    sent: false,
  });
  expect(server.arrivals).toEqual([]);
});
