// The load generator: what it sends is what was meant, and it takes nothing for accepted that was not.
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readAnswer, waitMs } from '../../bench/load/answer.ts';
import { RecordChoice } from '../../bench/load/choose.ts';
import { Connection } from '../../bench/load/connection.ts';
import { type LoadJob, sendLoad } from '../../bench/load/send.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Sent {
  type: string | undefined;
  items: { id: string; data: { staff_note: string } }[];
}

/** Answers the first request with 503 when told to, others with `statusOf` each change. */
async function receiver(statusOf: () => string, busyAtFirst = false): Promise<{ url: string; sent: Sent[] }> {
  const sent: Sent[] = [];
  let busy = busyAtFirst;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    if (busy) {
      busy = false;
      return response.writeHead(503, { 'retry-after': '0' }).end('busy');
    }
    const items: Sent['items'] = text.split('\n').map((line) => JSON.parse(line));
    sent.push({ type: request.headers['content-type'], items });
    response.writeHead(202).write('{"results":[');
    response.end(`${items.map(() => `{"status":"${statusOf()}"}`).join(',')}]}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/changes`, sent };
}

const job = (url: string, more: Partial<LoadJob>): LoadJob => ({
  ...{ url, kind: 'creates', connections: 1, perRequest: 1, changes: 3, existing: 0, firstMark: 40, ...more },
});

describe('load', () => {
  it('sends each change once, with an order and a mark of its own', async () => {
    const { url, sent } = await receiver(() => 'accepted');
    const { accepted, existing, ledger } = await sendLoad(job(url, {}));
    expect({ accepted, existing, records: [...ledger.records] }).toEqual({
      accepted: 3,
      existing: 3,
      records: [0, 1, 2],
    });
    expect(sent.map(({ items }) => items[0]?.data.staff_note)).toEqual(
      [0, 1, 2].map((no) => `mark:00000000${no}-00000004${no}`),
    );
  });

  it('sends several in one request as NDJSON', async () => {
    const { url, sent } = await receiver(() => 'accepted');
    const { accepted } = await sendLoad(job(url, { perRequest: 4, changes: 8 }));
    expect(accepted).toBe(8);
    expect(sent.map(({ type, items }) => [type, items.length])).toEqual(Array(2).fill(['application/x-ndjson', 4]));
  });

  it('keeps to its rate', async () => {
    const { url } = await receiver(() => 'accepted');
    const { startedAt, endedAt, accepted } = await sendLoad(job(url, { rate: 200, changes: 20, connections: 4 }));
    expect(accepted).toBe(20);
    expect(endedAt - startedAt).toBeGreaterThanOrEqual(95);
  });

  it('sends again what was turned away', async () => {
    const { url, sent } = await receiver(() => 'accepted', true);
    const { accepted, turnedAway } = await sendLoad(job(url, {}));
    expect({ accepted, turnedAway, sent: sent.length }).toEqual({ accepted: 3, turnedAway: 1, sent: 3 });
  });

  it('ends with what became of the change that was refused, wherever it stands', async () => {
    const statuses = ['accepted', 'accepted', 'partial'];
    const { url } = await receiver(() => statuses.shift() ?? 'accepted');
    await expect(sendLoad(job(url, { perRequest: 4, changes: 8 }))).rejects.toThrow('202 {"status":"partial"}');
  });
});

it('a connection that was closed while idle refuses to send, and waits for no answer', async () => {
  const server = createSocketServer((socket) => socket.on('data', () => socket.end('HTTP/1.1 202 \r\n\r\n')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const connection = await Connection.open(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  expect(await connection.send(Buffer.from('x'))).toMatchObject({ status: 202 });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await expect(connection.send(Buffer.from('x'))).rejects.toThrow('closed a connection');
});

describe('records', () => {
  it('belong to one connection, so that no two of their changes race', () => {
    const choice = new RecordChoice({ kind: 'updates', existing: 10, connections: 4 });
    for (const connection of [0, 1, 2, 3]) {
      const chosen = new Set(Array.from({ length: 200 }, () => choice.next(connection)));
      const owned = Array.from({ length: 10 }, (_, record) => record).filter((record) => record % 4 === connection);
      expect([...chosen].sort()).toEqual(owned);
    }
  });
});

describe('answers', () => {
  const chunked = 'HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
  const plain = 'HTTP/1.1 429 Busy\r\nRetry-After: 2\r\nContent-Length: 4\r\n\r\nwait';

  it.each([
    ['in chunks', chunked, 202, 'abcde'],
    ['with a length', plain, 429, 'wait'],
  ])('%s are read when they are whole, not before', (_, text, status, body) => {
    for (let length = 0; length < text.length; length++)
      expect(readAnswer(Buffer.from(text.slice(0, length)))).toBeUndefined();
    const answer = readAnswer(Buffer.from(`${text}HTTP/1.1 200`));
    expect(answer).toMatchObject({ status, size: text.length });
    expect(answer?.body.toString()).toBe(body);
  });

  it('say how long to wait', () => {
    const answer = readAnswer(Buffer.from(plain));
    expect(answer && waitMs(answer)).toBe(2000);
  });
});
