// A gate before a real server of any protocol: lets bytes through, and can fall silent, trickle, cut, or lose an answer.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Gate {
  port: number;
  fail(fault: 'silent' | 'trickling' | 'reset' | undefined): void;
  stall(): { arrived: Promise<void>; waiting(): number; end(): void };
  /** Called before bytes go to the server; what it returns is called before its next bytes come back. True: those are lost. */
  lose(loss: (() => () => boolean) | undefined): void;
  close(): Promise<void>;
}

type Handle = (client: Socket) => void;

/** @param target port of the server on this machine */
export async function openGate(target: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  let loss: (() => () => boolean) | undefined;
  const pass: Handle = (client) => join(client, keep(sockets, connect(target, '127.0.0.1')), () => loss?.());
  let handle = pass;
  const server = createServer((client) => handle(keep(sockets, client)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    fail: (fault) => {
      handle = fault === undefined ? pass : faults[fault];
    },
    stall: () => {
      const stuck = new Set<Socket>();
      const arrived = new Promise<void>((resolve) => {
        handle = (client) => {
          stuck.add(client);
          resolve();
        };
      });
      const end = (): void => {
        for (const client of stuck) client.destroy();
        handle = faults.reset;
      };
      return { arrived, waiting: () => stuck.size, end };
    },
    lose: (next) => {
      loss = next;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const faults: Record<'silent' | 'trickling' | 'reset', Handle> = {
  silent: (client) => void client.resume(),
  trickling: (client) => {
    client.resume();
    const timer = setInterval(() => client.write(' '), 20);
    client.on('close', () => clearInterval(timer));
  },
  reset: (client) => void client.resetAndDestroy(),
};

function keep(sockets: Set<Socket>, socket: Socket): Socket {
  sockets.add(socket);
  socket.setNoDelay(true);
  // A cut connection is what the tests are about.
  socket.on('error', () => undefined);
  socket.on('close', () => sockets.delete(socket));
  return socket;
}

function join(client: Socket, server: Socket, lose: () => (() => boolean) | undefined): void {
  let isLost: (() => boolean) | undefined;
  client.on('data', (bytes) => {
    isLost ??= lose();
    server.write(bytes);
  });
  server.on('data', (bytes) => {
    if (isLost?.()) return void client.destroy();
    isLost = undefined;
    client.write(bytes);
  });
  client.on('close', () => server.destroy());
  server.on('close', () => client.destroySoon());
}
