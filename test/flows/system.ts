// A small REST system in the test's own process: remembers what it was asked, and misbehaves as it is told.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Arrival {
  /** ms since 1970. */
  at: number;
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string | undefined>;
  text: string;
  key: string | undefined;
}

export type Reply =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  /** Nothing is done, and the connection is reset. */
  | 'reset'
  /** It is done, and the connection is cut before the answer. */
  | 'lost'
  /** It is done, and answered a byte at a time for ever. */
  | 'trickle'
  /** A refusal with a body of many megabytes. */
  | 'huge';

type Row = Record<string, unknown>;

export interface System {
  url: string;
  arrivals: Arrival[];
  /** By path: `/orders/1`. */
  objects: Map<string, Row>;
  /** How requests are answered from now on; undefined: as usual. */
  reply: ((arrival: Arrival) => Reply | undefined) | undefined;
  /** Bytes of the huge answers that were written so far. */
  hugeBytes: number;
  /** Those of one method. */
  asked(method: string): Arrival[];
  /** Nothing listens at its address any more. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

const systems = new Set<System>();

/** For `afterEach`. */
export async function closeSystems(): Promise<void> {
  await Promise.all([...systems].map((one) => one.close()));
  systems.clear();
}

export async function startSystem(): Promise<System> {
  const arrivals: Arrival[] = [];
  const objects = new Map<string, Row>();
  const known = new Map<string, { status: number; body?: unknown }>();
  let server = await open(0);
  const { port } = server.address() as AddressInfo;

  function open(at: number): Promise<Server> {
    const made = createServer((request, response) => void serve(request, response));
    made.keepAliveTimeout = 60_000;
    return new Promise((resolve, reject) => {
      made.once('error', reject);
      made.listen(at, '127.0.0.1', () => resolve(made));
    });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrival = await readArrival(request);
    arrivals.push(arrival);
    const reply = system.reply?.(arrival);
    if (reply === 'reset') return void request.socket.resetAndDestroy();
    if (reply === 'huge') return sendHuge(response, system);
    if (typeof reply === 'object') return send(response, reply);
    const usual = once(arrival);
    if (reply === 'lost') return void request.socket.destroy();
    if (reply === 'trickle') return trickle(response);
    send(response, usual);
  }

  /** The same key gets the same answer, and nothing is done twice. */
  function once(arrival: Arrival): { status: number; body?: unknown } {
    const before = arrival.key === undefined ? undefined : known.get(arrival.key);
    if (before) return before;
    const answer = act(arrival, objects);
    if (arrival.key !== undefined) known.set(arrival.key, answer);
    return answer;
  }

  const closed = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const system: System = {
    url: `http://127.0.0.1:${port}`,
    arrivals,
    objects,
    reply: undefined,
    hugeBytes: 0,
    asked: (method) => arrivals.filter((one) => one.method === method),
    down: closed,
    up: async () => {
      server = await open(port);
    },
    close: closed,
  };
  systems.add(system);
  return system;
}

async function readArrival(request: IncomingMessage): Promise<Arrival> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = request.headers as Arrival['headers'];
  const { method = '', url: path = '' } = request;
  const key = headers['idempotency-key'];
  return { at: Date.now(), method, path, headers, text: Buffer.concat(chunks).toString('utf8'), key };
}

function act({ method, path, text }: Arrival, objects: Map<string, Row>): { status: number; body?: unknown } {
  const { pathname, searchParams } = new URL(path, 'http://system');
  const body = (text === '' ? {} : JSON.parse(text)) as Row;
  const [collection = ''] = pathname.slice(1).split('/');
  const single = pathname.split('/').length > 2;
  if (method === 'POST') return create(`/${collection}`, body, objects);
  if (!single) return { status: 200, body: { items: find(collection, searchParams, objects) } };
  const object = objects.get(pathname);
  if (!object) return { status: 404, body: { error: `there is no ${pathname}` } };
  if (method === 'GET') return { status: 200, body: object };
  if (method === 'DELETE') objects.delete(pathname);
  else objects.set(pathname, { ...object, ...body });
  return { status: 200, body: objects.get(pathname) };
}

/** Ids are never used again, whatever was deleted. */
let made = 0;

function create(collection: string, body: Row, objects: Map<string, Row>): { status: number; body: unknown } {
  const id = `W-${++made}`;
  const object = { ...body, id };
  objects.set(`${collection}/${id}`, object);
  return { status: 201, body: object };
}

function find(collection: string, query: URLSearchParams, objects: Map<string, Row>): Row[] {
  const rows = [...objects].filter(([path]) => path.startsWith(`/${collection}/`)).map(([, row]) => row);
  return rows.filter((row) => [...query].every(([name, value]) => String(row[name]) === value));
}

function send(
  response: ServerResponse,
  { status, body, headers }: { status: number; body?: unknown; headers?: Record<string, string> },
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function trickle(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const each = setInterval(() => response.write(' '), 10);
  response.once('close', () => clearInterval(each));
}

export const hugeBytes = 32 * 1024 * 1024;
/** Written as fast as it is read; whoever stops reading stops it. */
function sendHuge(response: ServerResponse, system: System): void {
  response.writeHead(422, { 'content-type': 'application/json', 'content-length': hugeBytes });
  const block = Buffer.alloc(64 * 1024, 'x');
  let left = hugeBytes;
  const more = (): void => {
    while (left > 0) {
      const part = block.subarray(0, Math.min(left, block.length));
      left -= part.length;
      system.hugeBytes += part.length;
      if (!response.write(part)) return void response.once('drain', more);
    }
    response.end();
  };
  more();
}
