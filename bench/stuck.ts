// Systems beside those that are measured, in one process: some answer at once, the others accept a connection and then get stuck.
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { offerJobs } from './measure/jobs.ts';

export interface Counts {
  healthy: number;
  stuck: number;
}

const answerAtOnce: RequestListener = (request, response) => {
  request.resume();
  const [status, body] =
    request.method === 'POST' ? [201, `{"id":"E${request.headers['idempotency-key']}"}`] : [200, '{}'];
  request.on('end', () => response.writeHead(status, { 'content-type': 'application/json' }).end(body));
};

const trickleEveryMs = 50;

function trickle(socket: Socket): void {
  socket.resume();
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n');
  const timer = setInterval(() => socket.write(' '), trickleEveryMs);
  socket.once('close', () => clearInterval(timer));
}

/** Each is stuck in another way; the connection stays open until the other side gives it up. */
const waysToBeStuck: readonly ((socket: Socket) => void)[] = [
  function neverAnswer(socket) {
    socket.resume();
  },
  trickle,
  function neverRead(socket) {
    socket.pause();
  },
];

function listening(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}

function stuckServer(no: number): Server {
  const getStuck = waysToBeStuck[no % waysToBeStuck.length];
  return createServer((socket) => {
    // Whoever gives up may reset it.
    socket.on('error', () => {});
    getStuck?.(socket);
  });
}

const several = (count: number, make: (no: number) => Server) =>
  Promise.all(Array.from({ length: count }, (_, no) => listening(make(no))));

const jobs = {
  listen: async ({ healthy, stuck }: Counts) => ({
    healthy: await several(healthy, () => createHttpServer({ keepAliveTimeout: 120_000 }, answerAtOnce)),
    stuck: await several(stuck, stuckServer),
  }),
};
export type StuckJobs = typeof jobs;

offerJobs(jobs);
