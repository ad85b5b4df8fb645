// Serves MSW handlers over a real loopback socket, with everything that arrived, and faults below HTTP on demand.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getResponse, type RequestHandler } from 'msw';

export interface Arrival {
  method: string;
  /** Path and query as they stood in the request line. */
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** What a handler cannot say: takes the raw response instead. Answers true when it took it. */
export type Fault = (arrival: Arrival, response: ServerResponse) => boolean;

/** Called before a request is handled; what it returns is called after. True: the work was done, its answer is lost. */
export type Loss = (arrival: Arrival) => () => boolean;

export interface MswServer {
  /** e.g. `http://127.0.0.1:40123` */
  url: string;
  arrivals: Arrival[];
  /** Connections that are open right now. */
  connections(): number;
  /** Resolves when the last connection is gone. */
  idle(): Promise<void>;
  /** Handlers may name paths alone: `http.post('*\/orders', …)`. */
  use(...handlers: RequestHandler[]): void;
  fault(fault: Fault | undefined): void;
  lose(loss: Loss | undefined): void;
  close(): Promise<void>;
}

export async function startMswServer(...initial: RequestHandler[]): Promise<MswServer> {
  let handlers = initial;
  let fault: Fault | undefined;
  let loss: Loss | undefined;
  const arrivals: Arrival[] = [];
  const sockets = new Set<object>();
  const onIdle: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const arrival = await read(request);
    arrivals.push(arrival);
    if (fault?.(arrival, response)) return;
    const isLost = loss?.(arrival);
    const answered = await answerOf(arrival, handlers, url);
    if (isLost?.()) response.destroy();
    else await write(answered, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) for (const resolve of onIdle.splice(0)) resolve();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    arrivals,
    connections: () => sockets.size,
    idle: () =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve();
        else onIdle.push(resolve);
      }),
    use: (...more) => {
      handlers = [...more, ...handlers];
    },
    fault: (next) => {
      fault = next;
    },
    lose: (next) => {
      loss = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function read(request: IncomingMessage): Promise<Arrival> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url = '', headers } = request;
  return { method, url, headers, body: Buffer.concat(chunks).toString() };
}

async function answerOf(arrival: Arrival, handlers: RequestHandler[], url: string): Promise<Response> {
  const { method } = arrival;
  const answered = await getResponse(handlers.filter(takes(method)), readRequest(url, arrival));
  return answered ?? new Response(`no handler for ${method} ${arrival.url}`, { status: 501 });
}

/** Its body has come already: streams of it, and one more for each copy that msw makes, cost more than the handler. */
function readRequest(url: string, { method, headers, url: path, body }: Arrival): Request {
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  const request = new Request(url + path, { method, headers: pairs });
  return Object.assign(request, {
    clone: () => request,
    text: async () => body,
    json: async () => JSON.parse(body),
    arrayBuffer: async () => new TextEncoder().encode(body).buffer,
  });
}

/** Each handler that msw asks costs it a tenth of a millisecond, whatever the method. */
const takes =
  (method: string) =>
  ({ info }: RequestHandler): boolean => {
    const wanted = 'method' in info ? info.method : undefined;
    return typeof wanted !== 'string' || wanted.toUpperCase() === method;
  };

async function write(answered: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(Buffer.from(await answered.arrayBuffer()));
}
