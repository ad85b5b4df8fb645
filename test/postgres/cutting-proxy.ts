// A proxy that cuts a connection at the one moment that matters, or the whole way for a while.
import { proxyTo, type ServerProxy } from './proxy.ts';

export interface CuttingProxy extends Pick<ServerProxy, 'url' | 'close'> {
  /** Cuts the next connections that commit: before the server hears of it, or before the client hears the answer. */
  cutNextCommit(when: 'before' | 'after', times?: number): void;
  /** What was to be cut and has not come by now is let through. */
  spare(): void;
  /** How many were cut. */
  cuts(): number;
  /** From now on nothing gets through, either way, and nobody is told; until {@link mend}. */
  cutOff(): void;
  /** What was open is lost, what comes gets through. */
  mend(): void;
}

export async function cuttingProxy(target: string): Promise<CuttingProxy> {
  let armed: 'before' | 'after' = 'before';
  let left = 0;
  let cuts = 0;
  let isCutOff = false;
  const { url, endAll, close } = await proxyTo(target, (client, server) => {
    let deaf = false;
    client.on('data', (bytes) => {
      if (isCutOff) return;
      if (left === 0 || !bytes.includes('COMMIT')) return void server.write(bytes);
      const when = armed;
      left -= 1;
      cuts += 1;
      if (when === 'before') return void client.destroy();
      deaf = true;
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (isCutOff) return;
      if (deaf) client.destroy();
      else client.write(bytes);
    });
  });
  return {
    ...{ url, close },
    cutNextCommit: (when, times = 1) => {
      armed = when;
      left = times;
    },
    spare: () => {
      left = 0;
    },
    cuts: () => cuts,
    cutOff: () => {
      isCutOff = true;
    },
    mend: () => {
      isCutOff = false;
      endAll();
    },
  };
}
