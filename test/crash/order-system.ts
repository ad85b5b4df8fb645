// A system that orders are pushed to: a real server that keeps objects, misbehaves as planned and takes down all it receives.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mergePatch } from '../../sandbox/collection.ts';
import { systemClock } from '../../src/clock.ts';
import { type Arrival, pause, type Recorder } from './history.ts';
import type { Fault, Misbehaviour } from './misbehaviour.ts';
import { type Row, refusedBy, wordsIn } from './words.ts';

export interface OrderSystemOptions {
  name: 'crm' | 'wms';
  /** Knows idempotency keys: the same key gets the first answer again, and nothing is done twice. */
  knowsKeys: boolean;
  misbehaviour: Misbehaviour;
  recorder: Recorder;
  /** The hub wrote this object. */
  written?(id: string): void;
}

export interface OrderSystem {
  url: string;
  objects: Map<string, Row>;
  close(): Promise<void>;
}

const bulk = JSON.stringify({ message: 'x'.repeat(2_000_000) });

interface Done {
  status: number;
  body: unknown;
  applied: boolean;
  objectId?: string;
}

interface Request {
  method: string;
  url: URL;
  key: string | undefined;
  text: string;
}

export async function openOrderSystem(options: OrderSystemOptions): Promise<OrderSystem> {
  const desk = createDesk(options);
  const server = createServer((request, response) => {
    serve(request, response, { ...options, desk }).catch(() => request.socket.destroy());
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects: desk.objects,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Serving extends OrderSystemOptions {
  desk: Desk;
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  { name, misbehaviour, recorder, desk, written }: Serving,
): Promise<void> {
  const request = await receive(incoming);
  const fault = misbehaviour.next();
  const done = doneUnder(fault, () => desk.act(request));
  const arrival = arrivalOf(name, recorder, request);
  recorder.history.arrivals.push(arrival);
  recorder.moments.emit('arrived');
  arrival.applied = done?.applied ?? false;
  if (done?.objectId !== undefined) {
    arrival.objectId = done.objectId;
    arrival.after = wordsIn(name, desk.objects.get(done.objectId) ?? {});
    if (arrival.applied) written?.(done.objectId);
  }
  if (fault.kind === 'silent_before' || fault.kind === 'silent_after') return;
  if (!done || fault.kind === 'reset_after') return void incoming.socket.resetAndDestroy();
  if (fault.kind === 'trickle') return trickle(response, done);
  if (fault.kind === 'slow') await pause(fault.ms);
  const answer = fault.kind === 'status_after' ? { ...done, status: fault.status, body: { message: 'lost' } } : done;
  arrival.answered = answer.status;
  if (fault.kind === 'status' && fault.retryAfterS !== undefined) arrival.retryAfterMs = fault.retryAfterS * 1000;
  send(response, answer, fault);
  recorder.moments.emit('answered');
}

/** @returns undefined when the connection is cut before anything is done */
function doneUnder(fault: Fault, act: () => Done): Done | undefined {
  if (fault.kind === 'reset_before' || fault.kind === 'silent_before') return undefined;
  if (fault.kind === 'status' || fault.kind === 'bulky')
    return { status: fault.status, body: { message: 'not now' }, applied: false };
  return act();
}

/** Until whoever listens has enough. */
async function trickle(response: ServerResponse, { status, body }: Done): Promise<void> {
  response.writeHead(status, { 'content-type': 'application/json' });
  const text = JSON.stringify(body);
  for (let at = 0; !response.destroyed; at += 1) {
    response.write(text[at] ?? ' ');
    await pause(50);
  }
}

function send(response: ServerResponse, { status, body }: Done, fault: Fault): void {
  const retryAfter = fault.kind === 'status' && fault.retryAfterS !== undefined ? String(fault.retryAfterS) : undefined;
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  });
  response.end(fault.kind === 'bulky' ? bulk : JSON.stringify(body));
}

function arrivalOf(system: 'crm' | 'wms', recorder: Recorder, { method, url, key, text }: Request): Arrival {
  return {
    tick: recorder.tick(),
    at: systemClock.now(),
    system,
    method,
    path: `${url.pathname}${url.search}`,
    key,
    text,
    said: method === 'GET' ? {} : wordsIn(system, JSON.parse(text) as Row),
    applied: false,
    answered: 'nothing',
  };
}

async function receive(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const key = incoming.headers['idempotency-key'];
  return {
    method: incoming.method ?? 'GET',
    url: new URL(incoming.url ?? '/', 'http://localhost'),
    key: typeof key === 'string' ? key : undefined,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

interface Desk {
  objects: Map<string, Row>;
  act(request: Request): Done;
}

/** Synchronous, so that what arrived first is done first. */
function createDesk({ name, knowsKeys }: OrderSystemOptions): Desk {
  const objects = new Map<string, Row>();
  const known = new Map<string, { request: string; done: Done }>();
  let lastId = 0;
  const save = (id: string, row: Row, status: number): Done => {
    const { note } = wordsIn(name, row);
    if (note?.includes(refusedBy(name))) {
      return { status: 422, body: { message: `${name} does not take "${note}"` }, applied: false };
    }
    objects.set(id, { ...row, id });
    return { status, body: { id }, applied: true, objectId: id };
  };
  const write = ({ method, url, text }: Request): Done => {
    const body = JSON.parse(text) as Row;
    if (method === 'POST') return save(`${name}-${++lastId}`, body, 201);
    const id = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    const current = objects.get(id);
    if (!current) return { status: 404, body: { message: `there is no ${id}` }, applied: false };
    return save(id, method === 'PATCH' ? (mergePatch(current, body) as Row) : { ...body }, 200);
  };
  const once = (request: Request): Done => {
    const { method, url, key, text } = request;
    const same = `${method} ${url.pathname} ${text}`;
    const before = key === undefined ? undefined : known.get(key);
    if (before && before.request !== same) {
      return { status: 422, body: { message: `the key ${key} was used for another request` }, applied: false };
    }
    if (before) return { ...before.done, applied: false };
    const done = write(request);
    if (key !== undefined && done.applied) known.set(key, { request: same, done });
    return done;
  };
  const find = (number: string | null): Done => {
    const found = [...objects.values()].filter((row) => wordsIn(name, row).number === number);
    return { status: 200, body: found, applied: false };
  };
  return {
    objects,
    act: (request) => {
      if (request.method === 'GET') return find(request.url.searchParams.get('code'));
      return knowsKeys ? once(request) : write(request);
    },
  };
}
