// Stands between a store and its server, and cuts a connection at the one moment that matters, or the whole way for a while.

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  /** The server's address through the proxy. */
  url: string;
  /** Cuts the next connections that commit: before the server hears of it, or before the client hears the answer. */
  cutNextCommit(when: 'before' | 'after', times?: number): void;
  /** How many were cut. */
  cuts(): number;
  /** From now on nothing gets through, either way, and nobody is told; until {@link mend}. */
  cutOff(): void;
  /** What was open is lost, what comes gets through. */
  mend(): void;
  close(): Promise<void>;
}

export async function cuttingProxy(target: string): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let armed: 'before' | 'after' = 'before';
  let left = 0;
  let cuts = 0;
  let isCutOff = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    let deaf = false;
    client.on('data', (bytes) => {
      if (isCutOff) return;
      if (left === 0 || !bytes.includes('COMMIT')) return void upstream.write(bytes);
      const when = armed;
      left -= 1;
      cuts += 1;
      if (when === 'before') return void client.destroy();
      deaf = true;
      upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (isCutOff) return;
      if (deaf) client.destroy();
      else client.write(bytes);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cutNextCommit: (when, times = 1) => {
      armed = when;
      left = times;
    },
    cuts: () => cuts,
    cutOff: () => {
      isCutOff = true;
    },
    mend: () => {
      isCutOff = false;
      for (const socket of open) socket.destroy();
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of open) socket.destroy();
      }),
  };
}
