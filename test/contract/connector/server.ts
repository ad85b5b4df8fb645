// The vendor's model behind a real socket: HTTP, or what else it speaks behind a gate; with faults on demand.
import type { RequestHandler } from 'msw';
import { type Fault, type Loss, type MswServer, startMswServer } from '../../connectors/msw-server.ts';
import { openGate } from '../../connectors/tcp-gate.ts';
import type { WireServer } from './subject.ts';

/** Faults that need no word of the vendor's protocol. */
export type WireFault = 'silent' | 'trickling' | 'reset';

export interface Stalled {
  /** Somebody waits. */
  arrived: Promise<void>;
  /** How many wait. */
  waiting(): number;
  /** Lets go of them without an answer; whoever comes next gets none either. */
  end(): void;
}

export interface VendorServer {
  /** e.g. `http://127.0.0.1:40123`; of what is no HTTP only host and port mean something. */
  url: string;
  /** Undefined: it does not speak HTTP. */
  http: Pick<MswServer, 'fault' | 'arrivals'> | undefined;
  fail(fault: WireFault | undefined): void;
  /** Nobody is answered any more. */
  stall(): Stalled;
  lose(loss: Loss | undefined): void;
  close(): Promise<void>;
}

export async function serveHttp(handlers: readonly RequestHandler[]): Promise<VendorServer> {
  const server = await startMswServer(...handlers);
  const { url, lose, close } = server;
  return {
    url,
    http: server,
    lose,
    close,
    fail: (fault) => server.fault(fault && httpFaults[fault]),
    stall: () => stallHttp(server),
  };
}

/** A byte now and then, and never the last one. */
const trickling: Fault = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000000' });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
  return true;
};

const reset: Fault = (_, response) => {
  response.destroy();
  return true;
};

const httpFaults: Record<WireFault, Fault> = { silent: () => true, trickling, reset };

function stallHttp(server: MswServer): Stalled {
  const stuck = new Set<{ destroy(): unknown }>();
  const arrived = new Promise<void>((resolve) =>
    server.fault((_, response) => {
      stuck.add(response);
      resolve();
      return true;
    }),
  );
  const end = (): void => {
    for (const response of stuck) response.destroy();
    server.fault(reset);
  };
  return { arrived, waiting: () => stuck.size, end };
}

/** @param server speaks the vendor's protocol on this machine */
export async function serveWire(server: WireServer): Promise<VendorServer> {
  const gate = await openGate(server.port);
  return {
    url: `http://127.0.0.1:${gate.port}`,
    http: undefined,
    fail: gate.fail,
    stall: gate.stall,
    lose: (loss) => gate.lose(loss && (() => loss({ method: '', url: '', headers: {}, body: '' }))),
    close: async () => {
      await gate.close();
      await server.close();
    },
  };
}
