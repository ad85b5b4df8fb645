// Stands between a store and its server: each connection to it is joined with one of its own, as the caller says.
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

export interface ServerProxy {
  /** The server's address through it. */
  url: string;
  /** What is open is lost; what comes afterwards gets through. */
  endAll(): void;
  close(): Promise<void>;
}

/** @param join is handed both ends of a new connection; when one of them closes, so does the other */
export async function proxyTo(target: string, join: (client: Socket, server: Socket) => void): Promise<ServerProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const endAll = (): void => {
    for (const socket of open) socket.destroy();
  };
  const listener = createServer((client) => {
    const server = connect(Number(port), hostname);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    join(client, server);
  });
  await new Promise<void>((listening) => listener.listen(0, '127.0.0.1', listening));
  const url = new URL(target);
  url.port = String((listener.address() as AddressInfo).port);
  return {
    url: url.href,
    endAll,
    close: () =>
      new Promise((closed) => {
        listener.close(() => closed());
        endAll();
      }),
  };
}
