// The HTTP server of every sandbox system: routes, a log of arrivals, idempotency keys, and faults on demand.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { type Clock, instant } from '../src/clock.ts';
import { type Answer, type Arrival, fail, parse, type Routes } from './exchange.ts';
import { type FaultKind, type Faults, faultSchema, type Refusal } from './faults.ts';
import { createKeyMemory, type KeyMemory } from './key-memory.ts';
import { createFinder, type Find } from './routes.ts';

export interface DoorOptions {
  routes: Routes;
  faults: Faults;
  clock: Clock;
  /** 0 or absent: any free port. */
  port?: number | undefined;
  /** Asked for as `Authorization: Bearer`; absent: everyone is let in. */
  token?: string | undefined;
}

export interface Door {
  url: string;
  arrivals: Arrival[];
  close(): Promise<void>;
}

interface Inside {
  options: DoorOptions;
  arrivals: Arrival[];
  find: Find;
  keys: KeyMemory;
}

const bodyLimit = 4 * 1024 * 1024;

export async function openDoor(options: DoorOptions): Promise<Door> {
  const inside: Inside = { options, arrivals: [], find: createFinder(options.routes), keys: createKeyMemory() };
  const server = createServer((request, response) => {
    serve(request, response, inside).catch(() => request.socket.destroy());
  });
  // Longer than clients keep their connections, so that none is closed under a request.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals: inside.arrivals,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(request: IncomingMessage, response: ServerResponse, inside: Inside): Promise<void> {
  const { faults, clock } = inside.options;
  const { method = 'GET' } = request;
  const { pathname: path, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
  if (path === '/_faults') return send(response, changeFaults(method, await readText(request), faults));
  const met = faults.meet(method);
  const text = met.reset ? '' : await readText(request);
  const key = headerOf(request, 'idempotency-key');
  const at = instant(clock.now());
  const arrival: Arrival = { at, method, path, key, text, body: parse(text), answered: undefined };
  inside.arrivals.push(arrival);
  if (met.delayMs > 0) await new Promise<void>((resolve) => clock.after(met.delayMs, resolve));
  if (met.reset) return cut(request, arrival, 'reset');
  const refused = met.refusal ? refusal(met.refusal) : unknownCaller(request, inside.options.token);
  if (refused) return answerWith(response, arrival, refused);
  const { answer, repeated } = inside.keys.once({ method, path, key, text }, () =>
    inside.find({ method, path, query, text }),
  );
  if (met.loseAnswer) return cut(request, arrival, 'lost');
  answerWith(response, arrival, answer);
  if (repeated) arrival.answered = 'repeated';
}

function cut(request: IncomingMessage, arrival: Arrival, as: 'reset' | 'lost'): void {
  arrival.answered = as;
  if (as === 'reset') request.socket.resetAndDestroy();
  else request.socket.destroy();
}

function answerWith(response: ServerResponse, arrival: Arrival, answer: Answer): void {
  arrival.answered = answer.status;
  send(response, answer);
}

function refusal({ status, message, retryAfter }: Refusal): Answer {
  const headers = retryAfter === undefined ? undefined : { 'retry-after': String(retryAfter) };
  return { ...fail(status, message), ...(headers && { headers }) };
}

/** What begins with `/_` is for people who look at the sandbox, and open. */
function unknownCaller(request: IncomingMessage, token: string | undefined): Answer | undefined {
  if (token === undefined || request.url?.startsWith('/_')) return undefined;
  return headerOf(request, 'authorization') === `Bearer ${token}` ? undefined : fail(401, 'who are you?');
}

/** GET shows them, POST adds one, DELETE takes back all, or those of the kind that the body names. */
function changeFaults(method: string, text: string, faults: Faults): Answer {
  const body = parse(text);
  if (method === 'POST') {
    const read = faultSchema.safeParse(body);
    if (!read.success) return fail(422, z.prettifyError(read.error));
    faults.set(read.data);
  }
  if (method === 'DELETE') faults.clear((body as { kind?: FaultKind } | undefined)?.kind);
  return { status: 200, body: { faults: faults.active() } };
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new Error('the body is larger than this system reads');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
