import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Listener, type ListenOptions, listen, splitAddress } from '../../src/gateway/listen.ts';
import { problem } from '../../src/gateway/schemas.ts';
import { createHub, type Hub } from './hub.ts';

const open: Listener[] = [];

afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close(0);
});

async function start(hub: Hub = createHub(), more: Partial<ListenOptions> = {}): Promise<Listener> {
  const timeouts = { headersTimeout: 5_000, requestTimeout: 10_000, answerTimeout: 10_000 };
  const limits = { headerBytes: 16_384, connections: 100, ...timeouts };
  const listener = await listen(hub.app, { listen: '127.0.0.1:0', log: hub.deps.log, ...limits, ...more });
  open.push(listener);
  return listener;
}

/** Sends the bytes as they are and resolves with everything that came back when the other side closed. */
async function exchange(listener: Listener, ...parts: (string | Uint8Array)[]): Promise<string> {
  const socket = dial(listener);
  for (const part of parts) socket.write(part);
  return answerOf(socket);
}

function dial(listener: Listener): Socket {
  const socket = connect(listener.port, '127.0.0.1');
  socket.on('error', () => {});
  return socket;
}

async function answerOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  await new Promise((resolve) => socket.on('close', resolve));
  return Buffer.concat(chunks).toString();
}

function problemOf(answer: string, status: number) {
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer.toLowerCase()).toContain('content-type: application/problem+json');
  const body = problem.parse(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)));
  expect(body.status).toBe(status);
  return body;
}

const head = (more: string[], path = '/v1/systems/shop/changes') =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: hub',
    'Authorization: Bearer k-intake',
    'Content-Type: application/json',
    'Connection: close',
    ...more,
    '',
    '',
  ].join('\r\n');
const chunked = (bytes: Uint8Array) =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

describe('the listener', () => {
  it('serves, and says where', async () => {
    const hub = createHub();
    const listener = await start(hub);
    expect(listener.address).toBe(`http://127.0.0.1:${listener.port}`);
    expect(JSON.parse(hub.lines[0] as string)).toMatchObject({ msg: 'listening', address: listener.address });
    expect(await exchange(listener, head(['Content-Length: 2']), '{}')).toMatch(/^HTTP\/1\.1 202 /);
    expect(hub.core.last('accept')[0]).toMatchObject({ body: '{}' });
  });

  it('says when the port is in use', async () => {
    const { port } = await start();
    await expect(start(createHub(), { listen: `127.0.0.1:${port}` })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: the port is in use by another process`,
    );
  });

  it('reads addresses', () => {
    expect(splitAddress('[::1]:80')).toEqual({ host: '::1', port: 80 });
    for (const wrong of ['8080', 'localhost', ':80', '127.0.0.1:70000', '127.0.0.1:x', '::1:80'])
      expect(() => splitAddress(wrong)).toThrow('write host:port');
  });
});

describe('bodies on a socket', () => {
  it('are counted: too many bytes get 413, however they come', async () => {
    const listener = await start();
    const big = Buffer.alloc(1_100_000, 'x');
    problemOf(await exchange(listener, head([`Content-Length: ${big.length}`]), big), 413);
    problemOf(await exchange(listener, head(['Transfer-Encoding: chunked']), chunked(big), '0\r\n\r\n'), 413);
  });

  it('of 10 MB are read to their end and dropped, so that the answer arrives', async () => {
    const hub = createHub();
    const big = Buffer.alloc(10_000_000, 'x');
    problemOf(await exchange(await start(hub), head([`Content-Length: ${big.length}`]), big), 413);
    expect(hub.core.calls).toEqual([]);
  });

  it('that never end are cut off', async () => {
    const hub = createHub();
    const listener = await start(hub);
    const socket = dial(listener);
    const answer = answerOf(socket);
    socket.write(head(['Transfer-Encoding: chunked']));
    socket.write(chunked(Buffer.alloc(1_100_000, 'x')));
    const trickle = setInterval(() => {
      hub.clock.advance(2_000);
      socket.write(chunked(Buffer.from('x')));
    }, 20);
    problemOf(await answer, 413);
    clearInterval(trickle);
  });

  it('shorter than announced get 400 when the client stops sending', async () => {
    const socket = dial(await start());
    const answer = answerOf(socket);
    socket.end(`${head(['Content-Length: 500'])}{}`);
    problemOf(await answer, 400);
  });

  it('shorter than announced get 408 when the client waits', async () => {
    const listener = await start(createHub(), { requestTimeout: 300, headersTimeout: 300 });
    problemOf(await exchange(listener, head(['Content-Length: 500']), '{}'), 408);
  });

  it('longer than announced end at their announced length', async () => {
    const hub = createHub();
    const answer = await exchange(
      await start(hub),
      head(['Content-Length: 2']).replace('Connection: close\r\n', ''),
      '{}{"more":1}\r\n\r\n',
    );
    expect(hub.core.calls.map(({ args }) => (args[0] as { body: string }).body)).toEqual(['{}']);
    problemOf(answer.slice(answer.lastIndexOf('HTTP/1.1')), 400);
  });

  it.each([
    ['Content-Length: -1'],
    ['Content-Length: abc'],
    ['Content-Length: 2\r\nContent-Length: 3'],
    ['Content-Length: 2\r\nTransfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked, identity'],
  ])('with %j get 400', async (lines) => {
    const hub = createHub();
    problemOf(await exchange(await start(hub), head([lines]), '{}'), 400);
    expect(hub.core.calls).toEqual([]);
  });

  it('without a length are empty', async () => {
    const hub = createHub();
    await exchange(await start(hub), head([]));
    expect(hub.core.last('accept')[0]).toMatchObject({ body: '' });
  });
});

describe('requests that never reach the app', () => {
  it('headers that are too large', async () => {
    problemOf(await exchange(await start(), head([`X-Long: ${'x'.repeat(20_000)}`])), 431);
  });

  it('headers that come too slowly', async () => {
    problemOf(
      await exchange(
        await start(createHub(), { headersTimeout: 300, requestTimeout: 400 }),
        'GET /healthz HTTP/1.1\r\nHost: h\r\n',
      ),
      408,
    );
  });

  it.each([
    ['nonsense\r\n\r\n'],
    ['GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
    ['GET /a\\b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n'],
  ])('%j', async (request) => {
    problemOf(await exchange(await start(), request), 400);
  });

  it('an expectation nobody knows', async () => {
    problemOf(await exchange(await start(), head(['Expect: 200-ok', 'Content-Length: 0'])), 417);
  });

  it('connections beyond the limit', async () => {
    const listener = await start(createHub(), { connections: 2 });
    const idle = [dial(listener), dial(listener)];
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    const answer = await exchange(listener, 'GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n');
    problemOf(answer, 503);
    expect(answer.toLowerCase()).toContain('retry-after: 1');
    for (const socket of idle) socket.destroy();
  });
});

describe('closing', () => {
  it('lets the request under way end, closes its connection, and takes no more', async () => {
    let finish = () => {};
    const hub = createHub({
      core: {
        accept: () =>
          new Promise((resolve) => (finish = () => resolve({ status: 202, body: '{}', replayed: false, counts: {} }))),
      },
    });
    const listener = await start(hub);
    const socket = dial(listener);
    const answer = answerOf(socket);
    socket.write(`${head(['Content-Length: 2']).replace('Connection: close\r\n', '')}{}`);
    while (hub.core.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = listener.close(5_000);
    expect(await answerOf(dial(listener))).toBe('');
    finish();
    expect(await answer).toMatch(/^HTTP\/1\.1 202 /);
    await closed;
  });

  it('ends event streams and idle connections at once', async () => {
    const hub = createHub();
    const listener = await start(hub);
    const streaming = dial(listener);
    const events = answerOf(streaming);
    streaming.write(
      'GET /v1/changes HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer k-read\r\nAccept: text/event-stream\r\n\r\n',
    );
    await once(streaming, 'data');
    const idle = dial(listener);
    idle.write('GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n');
    await once(idle, 'data');
    hub.closing.abort();
    await listener.close(60_000);
    expect(await events).toContain('id: e1.1');
  });

  it('cuts what is left after the grace', async () => {
    const hub = createHub({ core: { lag: () => new Promise(() => {}) } });
    const listener = await start(hub);
    const answer = exchange(listener, 'GET /v1/lag HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer k-read\r\n\r\n');
    while (hub.core.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await listener.close(20);
    expect(await answer).toBe('');
  });
});

it('a client that leaves ends its long poll', async () => {
  const hub = createHub();
  const left = new Promise<void>((resolve) => {
    hub.deps.stream.wait = (_after, _ms, signal) =>
      new Promise((woken) => {
        signal.addEventListener('abort', () => {
          resolve();
          woken();
        });
        socket.destroy();
      });
  });
  const socket = dial(await start(hub));
  socket.write(
    'GET /v1/changes?after=e1.1 HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer k-read\r\nPrefer: wait=60\r\n\r\n',
  );
  await left;
});
