// Slack answers in plain text: `ok`, or one word for what is wrong.
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { slack } from '../../../connectors/slack/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import { readSettings } from '../../../src/connector/settings.ts';
import { aSend, connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { slackChannel, token } from './slack-vendor.ts';

let vendor: ReturnType<typeof slackChannel>;
let server: MswServer;
let connection: Connection;
beforeEach(async () => {
  vendor = slackChannel(() => testNow);
  server = await startMswServer(...vendor.handlers);
  connection = connectTo(slack, { url: server.url, token });
});
afterEach(async () => {
  await connection.destroy();
  await server.close();
});

const tell = (body = '{"text":"Out of stock"}') =>
  slack.push?.(aSend({ record: 'notification', recordId: 'ntf_1', body, match: [] }), connection.context());

it('takes the word ok for done', async () => {
  expect(await tell()).toEqual({ externalId: 'ntf_1', status: 200 });
});

it('takes no other word of HTTP 200 for done, nor for undone', async () => {
  server.use(on.post('*/services/*', () => new HttpResponse('<html>a proxy of somebody</html>')));
  await expect(tell()).rejects.toMatchObject({ kind: 'unclear', status: 200 });
});

it('tells a channel that is gone in the words of Slack', async () => {
  vendor.archive();
  await expect(tell()).rejects.toMatchObject({ kind: 'not_found', message: 'Slack says channel_is_archived' });
});

it.each([
  ['no_service', 404, 'unauthorized'],
  ['action_prohibited', 403, 'forbidden'],
  ['invalid_payload', 400, 'rejected'],
  ['rollup_error', 500, 'unavailable'],
])('reads %s with %i as %s', async (word, status, kind) => {
  server.use(on.post('*/services/*', () => new HttpResponse(word, { status })));
  await expect(tell()).rejects.toMatchObject({ kind, status, message: `Slack says ${word}` });
});

it('names its path in no error, since the path is the secret', async () => {
  server.fault((_, response) => {
    response.destroy();
    return true;
  });
  const error = (await tell()?.catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ kind: 'unclear', message: expect.stringContaining('connection lost') });
  expect(`${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toContain(token);
});

it('wants the part behind /services/, not the whole address', () => {
  const reading = readSettings(slack.settings, { token: `https://hooks.slack.com/services/${token}` });
  expect(reading).toMatchObject({ faults: [{ path: '/token', message: expect.stringContaining('T…/B…/…') }] });
});
