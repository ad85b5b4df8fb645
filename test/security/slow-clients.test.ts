// Clients that trickle, that say nothing, that never read, and too many of them: none holds a place for ever.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Hono } from 'hono';
import { afterEach, describe, expect, it } from 'vitest';
import { type Listener, type ListenOptions, listen } from '../../src/gateway/listen.ts';
import { createHub, type Hub } from '../gateway/hub.ts';

const open: Listener[] = [];
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close(0);
});

async function start(more: Partial<ListenOptions>, app?: Hono, hub: Hub = createHub()): Promise<Listener> {
  const timeouts = { headersTimeout: 5_000, requestTimeout: 10_000, answerTimeout: 10_000 };
  const limits = { headerBytes: 16_384, connections: 100, ...timeouts };
  const listener = await listen(app ?? hub.app, { listen: '127.0.0.1:0', log: hub.deps.log, ...limits, ...more });
  open.push(listener);
  return listener;
}

function dial({ port }: Listener): Socket {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

/** Writes a byte every few ms for as long as it is let. */
function trickle(socket: Socket, byte: string): void {
  const drip = setInterval(() => socket.write(byte), 5);
  socket.once('close', () => clearInterval(drip));
}

async function allOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

/** Resolves when the listener's end of the next connection has closed: a client that does not read never sees it. */
function serverSideClosed(): Promise<void> {
  return new Promise((resolve) => {
    const taken = (message: unknown): void => {
      unsubscribe('net.server.socket', taken);
      (message as { socket: Socket }).socket.once('close', () => resolve());
    };
    subscribe('net.server.socket', taken);
  });
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer k-admin\r\n\r\n`;

describe('a client', () => {
  it('that says nothing is cut off', async () => {
    const socket = dial(await start({ headersTimeout: 100, requestTimeout: 200 }));
    expect(await allOf(socket)).toMatch(/^HTTP\/1\.1 408 |^$/);
  });

  it('whose headers trickle is cut off, however steadily they come', async () => {
    const socket = dial(await start({ headersTimeout: 150, requestTimeout: 300 }));
    socket.write('GET /healthz HTTP/1.1\r\nHost: h\r\nX-Slow: ');
    trickle(socket, 'x');
    expect(await allOf(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('whose body trickles is cut off, however steadily it comes, and nothing of it is taken', async () => {
    const hub = createHub();
    const socket = dial(await start({ headersTimeout: 100, requestTimeout: 250 }, undefined, hub));
    const auth = 'Authorization: Bearer k-intake\r\nContent-Type: application/json';
    socket.write(`POST /v1/systems/shop/changes HTTP/1.1\r\nHost: h\r\n${auth}\r\nContent-Length: 500000\r\n\r\n{`);
    trickle(socket, ' ');
    expect(await allOf(socket)).toMatch(/^HTTP\/1\.1 (408|400) /);
    expect(hub.core.calls).toEqual([]);
  });

  it('that never reads its answer is cut off, and its memory is free again', async () => {
    const chunk = new Uint8Array(1024 * 1024);
    let sent = 0;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      sent += 1;
      controller.enqueue(chunk);
    };
    const cut = serverSideClosed();
    const app = new Hono().get('/big', () => new Response(new ReadableStream({ pull })));
    const socket = dial(await start({ answerTimeout: 150 }, app));
    socket.pause();
    socket.write(get('/big'));
    await cut;
    // What the two kernels hold of it, not what the answer would be: it has no end.
    expect(sent).toBeLessThan(64);
    socket.destroy();
  });

  it('that asks again and again and reads nothing is cut off', async () => {
    const body = 'x'.repeat(1024 * 1024);
    let answered = 0;
    const app = new Hono().get('/big', (c) => {
      answered += 1;
      return c.text(body);
    });
    const cut = serverSideClosed();
    const socket = dial(await start({ answerTimeout: 150 }, app));
    socket.pause();
    for (let asked = 0; asked < 1_000; asked++) socket.write(get('/big'));
    await cut;
    expect(answered).toBeLessThan(200);
    socket.destroy();
  });

  it('that reads slowly and goes on reading gets all of it', async () => {
    const body = 'x'.repeat(16 * 1024 * 1024);
    const socket = dial(
      await start(
        { answerTimeout: 1_000 },
        new Hono().get('/big', (c) => c.text(body)),
      ),
    );
    let read = 0;
    socket.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read >= body.length) return void socket.destroy();
      socket.pause();
      setTimeout(() => socket.resume(), 8);
    });
    socket.write(get('/big'));
    await once(socket, 'close');
    expect(read).toBeGreaterThanOrEqual(body.length);
  });

  it('that waits for an answer which takes its time is let wait', async () => {
    let answer: () => void = () => undefined;
    let asked: () => void = () => undefined;
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const app = new Hono().get('/slow', async (c) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
        asked();
      });
      return c.text('there it is');
    });
    const listener = await start({ answerTimeout: 30 }, app);
    const socket = dial(listener);
    socket.write(get('/slow'));
    await isAsked;
    // Another client that comes later and says nothing is cut off in the meantime: time has passed for both.
    const other = dial(await start({ answerTimeout: 120, headersTimeout: 150, requestTimeout: 200 }));
    await allOf(other);
    answer();
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });
});

describe('connections', () => {
  it('beyond the limit get 503 and when to come back, those within it go on', async () => {
    const listener = await start({ connections: 3 });
    const held = [dial(listener), dial(listener), dial(listener)];
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    const late = dial(listener);
    late.write(get('/healthz'));
    expect(await allOf(late)).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 1/i);
    held[0]?.write(get('/healthz'));
    const [data] = (await once(held[0] as Socket, 'data')) as [Buffer];
    expect(data.toString()).toMatch(/^HTTP\/1\.1 200 /);
    for (const socket of held) socket.destroy();
  });

  it('far beyond it are not taken at all', async () => {
    const listener = await start({ connections: 2 });
    const sockets = Array.from({ length: 12 }, () => dial(listener));
    const closed = sockets.map((socket) => once(socket, 'close'));
    await Promise.race(closed);
    for (const socket of sockets) socket.destroy();
  });

  it('that end give their place back', async () => {
    const listener = await start({ connections: 1 });
    for (let turn = 0; turn < 5; turn++) {
      const socket = dial(listener);
      socket.write(get('/healthz').replace('Host', 'Connection: close\r\nHost'));
      expect(await allOf(socket)).toMatch(/^HTTP\/1\.1 200 /);
    }
  });
});
