// Mail: encrypted or not at all, told once, and what each reply of the server means.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { smtp } from '../../../connectors/smtp/index.ts';
import { readSettings } from '../../../src/connector/settings.ts';
import type { WireServer } from '../../contract/connector/subject.ts';
import { aSend, connectTo } from '../connect.ts';
import { type MailBox, mailBox, password, username } from './mail-server.ts';

let box: MailBox;
let server: WireServer;
beforeEach(async () => {
  box = mailBox();
  server = await box.serve();
});
afterEach(() => server.close());

const base = { tls: 'none', from: 'hub@example.com', to: ['ops@example.com'] };

function mail(payload: object, more: object = {}) {
  const settings = { ...base, host: '127.0.0.1', port: server.port, auth: { username, password }, ...more };
  const body = JSON.stringify({ subject: 'Stock', text: 'Out of stock', ...payload });
  const send = aSend({ record: 'notification', recordId: 'ntf_1', key: 'mail:notification:ntf_1:7', body, match: [] });
  return smtp.push?.(send, connectTo(smtp, settings).context());
}

const texts = (): string[] => box.held('notification').map(({ object }) => String(object.text));

it('writes who, what and when, and one id for one key', async () => {
  expect(await mail({ html: '<b>Out</b>' })).toEqual({ externalId: 'ntf_1', status: 250 });
  await mail({});
  const [first = '', second = ''] = texts();
  for (const header of [
    'From: hub@example.com',
    'To: ops@example.com',
    'Subject: Stock',
    'Auto-Submitted: auto-generated',
  ])
    expect(first).toContain(header);
  expect(first).toContain('Date: Tue, 24 Nov 2026 10:00:00 +0000');
  expect(first).toContain('<b>Out</b>');
  const idOf = (text: string) => /^Message-ID: (<[0-9a-f]{32}@example\.com>)\r$/m.exec(text)?.[1];
  expect(idOf(first)).toBeDefined();
  expect(idOf(second)).toBe(idOf(first));
});

it('asks the role of the notification for its recipients', async () => {
  const roles = { warehouse: ['gate@example.com', 'dock@example.com'] };
  await mail({ role: 'warehouse' }, { roles });
  await mail({ role: 'constructor' }, { roles });
  expect(box.held('notification').map(({ object }) => object.to)).toEqual([roles.warehouse, ['ops@example.com']]);
});

it('writes no header that stood in a text', async () => {
  await mail({ subject: 'Stock\r\nBcc: thief@example.com' });
  expect(box.held('notification')[0]?.object.to).toEqual(['ops@example.com']);
  expect(texts()[0]).not.toMatch(/^Bcc:/m);
});

it('says that some were refused, after the others have it', async () => {
  const to = ['ops@example.com', 'nobody@example.com'];
  await expect(mail({}, { to })).rejects.toMatchObject({
    kind: 'rejected',
    message: expect.stringContaining('sent to 1 of 2'),
  });
  expect(box.held('notification').map(({ object }) => object.to)).toEqual([['ops@example.com']]);
});

it.each([
  [451, 'unavailable'],
  [554, 'rejected'],
])('reads %i to a whole mail as %s', async (code, kind) => {
  box.answer({ code, words: 'not now' });
  await expect(mail({})).rejects.toMatchObject({
    kind,
    status: code,
    message: expect.stringContaining(`${code} not now`),
  });
  expect(texts()).toEqual([]);
});

it('hands nothing to a server without STARTTLS, nor to one that nobody vouches for', async () => {
  await expect(mail({}, { tls: 'starttls' })).rejects.toMatchObject({ kind: 'unavailable', sent: false });
  await server.close();
  server = await box.serve({ tls: true });
  await expect(mail({}, { tls: 'starttls' })).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(/certificate/i),
  });
  expect(texts()).toEqual([]);
});

it('checks that it is let in', async () => {
  const check = (more: object) => {
    const settings = { ...base, host: '127.0.0.1', port: server.port, auth: { username, password }, ...more };
    return smtp.check?.(connectTo(smtp, settings).context());
  };
  await check({});
  await expect(check({ auth: { username, password: 'x' } })).rejects.toMatchObject({ kind: 'unauthorized' });
});

it('takes one address where one is asked for', () => {
  const reading = readSettings(smtp.settings, { ...base, host: 'mail', from: 'a@b.c, d@e.f', to: ['x\r\n@y'] });
  expect(reading).toMatchObject({ faults: [{ path: '/from' }, { path: '/to/0' }] });
});
