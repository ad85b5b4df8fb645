// A proxy as a pooler is that knows nothing of LISTEN: notifications never arrive.
import { proxyTo, type ServerProxy } from './proxy.ts';

export interface SwallowingProxy extends Pick<ServerProxy, 'url' | 'close'> {
  /** Notifications that were kept back. */
  swallowed(): number;
}

const notification = 'A'.charCodeAt(0);
/** Its type, and a length that counts itself. */
const headBytes = 5;

export async function swallowingProxy(target: string): Promise<SwallowingProxy> {
  let swallowed = 0;
  const { url, close } = await proxyTo(target, (client, server) => {
    client.on('data', (bytes) => server.write(bytes));
    let rest = Buffer.alloc(0);
    server.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= headBytes && rest.length > rest.readInt32BE(1)) {
        const message = rest.subarray(0, rest.readInt32BE(1) + 1);
        rest = rest.subarray(message.length);
        if (message[0] === notification) swallowed += 1;
        else client.write(message);
      }
    });
  });
  return { url, close, swallowed: () => swallowed };
}
