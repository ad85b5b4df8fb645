// The socket around the app: limits that only a server can keep, and a shutdown that loses no answer.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Log } from '../log.ts';
import { type ProblemType, problemBody, problemHeaders, problemResponse, problemTypes } from './problem.ts';

export interface ListenOptions {
  /** `127.0.0.1:8080`, `[::1]:8080`; port 0 picks a free one. */
  listen: string;
  log: Log;
  /** Bytes of all request headers. */
  headerBytes: number;
  /** Open connections; those beyond get 503. */
  connections: number;
  /** How long a client may take for its headers, ms. */
  headersTimeout: number;
  /** How long a client may take for its whole request, ms. */
  requestTimeout: number;
  /** How long an answer may lie there without the client reading any of it, ms. */
  answerTimeout: number;
}

export interface Listener {
  /** `http://127.0.0.1:8080` */
  address: string;
  port: number;
  /** Answers go on, each with `Connection: close`; what is idle stays open, since a request may be on its way there. */
  leave(): void;
  /** Takes no new connections, lets running requests end, cuts what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export async function listen(app: Hono, options: ListenOptions): Promise<Listener> {
  const state = { leaving: false, open: 0, refused: new WeakSet<Duplex>() };
  const { headersTimeout, requestTimeout, headerBytes } = options;
  const checking = Math.min(1_000, headersTimeout, requestTimeout);
  // Without a Host header Node would answer by itself, without a body.
  const limits = {
    maxHeaderSize: headerBytes,
    headersTimeout,
    requestTimeout,
    connectionsCheckingInterval: checking,
    requireHostHeader: false,
  };
  const serve = getRequestListener(app.fetch, { errorHandler: (error) => answerFailure(error, options.log) });
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    // Also for answers under way: a kept-alive connection would outlive the shutdown.
    if (state.leaving) response.shouldKeepAlive = false;
    if (state.refused.has(request.socket)) refuseConnection(response);
    else void serve(request, response);
  };
  const server = createServer(limits, (request, response) => {
    if (response.socket) take(request, response);
    // Pipelined: its turn comes when the answer before it has left. One packet holds hundreds of requests.
    else response.once('socket', () => take(request, response));
  });
  server.maxConnections = options.connections * 2;
  server.on('connection', (socket: Socket) => {
    state.open += 1;
    if (state.open > options.connections) state.refused.add(socket);
    socket.once('close', () => {
      state.open -= 1;
    });
  });
  server.setTimeout(options.answerTimeout, (socket: Talking & Socket) => endUnread(socket, options.answerTimeout));
  server.on('clientError', answerMalformed);
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) =>
    write(response, 'expectation-failed', 'only Expect: 100-continue is understood'),
  );
  const at = await bind(server, options.listen);
  const address = `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`;
  options.log.info({ address }, 'listening');
  const leave = (): void => {
    state.leaving = true;
  };
  return {
    address,
    port: at.port,
    leave,
    close: (graceMs) => {
      leave();
      return close(server, graceMs);
    },
  };
}

function bind(server: Server, address: string): Promise<AddressInfo> {
  const { host, port } = splitAddress(address);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`cannot listen on ${address}: ${whyNot(error)}`)),
    );
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

export function splitAddress(address: string): { host: string; port: number } {
  const [, v6, host = v6 ?? '', port = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address) ?? [];
  if (host === '' || Number(port) > 65_535)
    throw new Error(`"${address}" is no address to listen on; write host:port, as in 127.0.0.1:8080`);
  return { host, port: Number(port) };
}

const reasons: Record<string, string> = {
  EADDRINUSE: 'the port is in use by another process',
  EACCES: 'this user may not use the port',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name is not known',
};

const whyNot = (error: NodeJS.ErrnoException): string => reasons[error.code ?? ''] ?? error.message;

function refuseConnection(response: ServerResponse): void {
  response.shouldKeepAlive = false;
  write(response, 'unavailable', 'too many connections');
}

function write(response: ServerResponse, type: ProblemType, detail: string): void {
  const { status, headers, body } = wire(type, detail);
  response.writeHead(status, headers).end(body);
}

function wire(type: ProblemType, detail: string) {
  const problem = { ...problemTypes[type], type, detail };
  const body = problemBody(problem);
  const headers = { ...problemHeaders(problem), 'content-length': String(Buffer.byteLength(body)) };
  return { status: problem.status, title: problem.title, headers, body };
}

/** A request line or Host header that makes no URL never reaches the app. */
function answerFailure(error: unknown, log: Log): Response {
  if (error instanceof RequestError)
    return problemResponse({ ...problemTypes['invalid-request'], type: 'invalid-request', detail: error.message });
  log.error({ err: error }, 'a request failed before it reached the gateway');
  return problemResponse({ ...problemTypes.internal, type: 'internal', detail: 'it is in the log' });
}

type Talking = Duplex & { _httpMessage?: ServerResponse | null };

/** Nothing moves. Who does not read is cut off; who waits for an answer that takes its time, or for events, waits on. */
function endUnread(socket: Talking & Socket, answerTimeout: number): void {
  const isWaiting = socket._httpMessage && socket.writableLength === 0;
  if (isWaiting) socket.setTimeout(answerTimeout);
  else socket.destroy();
}

/** What the HTTP parser refuses: answered on the bare socket, behind the answers to what came whole before it. */
function answerMalformed(error: NodeJS.ErrnoException, socket: Talking): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy(error);
  const before = socket._httpMessage;
  if (before?.req.complete === true && !before.writableFinished)
    return void before.once('finish', () => answerMalformed(error, socket));
  if (before?.headersSent === true) return void socket.destroy(error);
  const [type, detail] =
    malformed[error.code ?? ''] ?? (['invalid-request', 'this is not a well-formed HTTP request'] as const);
  const { status, title, headers, body } = wire(type, detail);
  const lines = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

const malformed: Record<string, readonly [ProblemType, string]> = {
  HPE_HEADER_OVERFLOW: ['headers-too-large', 'the request headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['too-large', 'the chunk extensions are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request-timeout', 'the request did not arrive in time'],
};

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that turns idle only now is not closed by server.close().
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}
