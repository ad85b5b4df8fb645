// Three receiving systems in one process: bare node:http, an answer at once, and a note of what came when.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readMark } from './load/order-body.ts';
import { offerJobs } from './measure/jobs.ts';
import { nowMs } from './measure/now.ts';
import { Arrivals, type SinkCounts } from './sinks/arrivals.ts';

export interface Received {
  counts: SinkCounts[];
  /** One array per sink. */
  arrivedAt: Float64Array[];
}

const sinks = [new Arrivals(), new Arrivals(), new Arrivals()];
/** Longer than any pause of the bench: a connection that closes under a request would be the bench's own fault. */
const keepAliveMs = 120_000;
const lookEveryMs = 10;

function serve(arrivals: Arrivals): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => take(arrivals, { request, chunks, response }));
  });
  server.keepAliveTimeout = keepAliveMs;
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

interface Push {
  request: IncomingMessage;
  chunks: Buffer[];
  response: ServerResponse;
}

function take(arrivals: Arrivals, { request, chunks, response }: Push): void {
  const [only = Buffer.alloc(0)] = chunks;
  const body = chunks.length > 1 ? Buffer.concat(chunks) : only;
  const marked = readMark(body);
  if (marked) arrivals.add(marked, body.length, nowMs());
  if (!marked) answer(response, 400, '{"error":"no mark in the payload"}');
  else if (request.method === 'POST') answer(response, 201, `{"id":"E${marked.record}"}`);
  else answer(response, 200, '{}');
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
}

/** Waits until every sink holds the newest accepted state of every order. @returns false when nothing comes any more */
async function quiet({ newest, idleMs }: { newest: Int32Array; idleMs: number }): Promise<boolean> {
  const since = nowMs();
  for (const sink of sinks) {
    for (let at = sink.missing(newest, 0); at !== undefined; at = sink.missing(newest, at)) {
      if (nowMs() - Math.max(since, ...sinks.map(({ counts }) => counts.lastAt)) > idleMs) return false;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  }
  return true;
}

const jobs = {
  listen: () => Promise.all(sinks.map(serve)),
  reset: (firstMark: number) => sinks.forEach((sink) => void sink.reset(firstMark)),
  /** For the next contender: other orders, other marks. */
  forget: () => sinks.forEach((sink) => void sink.forget()),
  quiet,
  received: (count: number): Received => ({
    counts: sinks.map(({ counts }) => counts),
    arrivedAt: sinks.map((sink) => sink.times(count)),
  }),
};
export type SinkJobs = typeof jobs;

offerJobs(jobs);
