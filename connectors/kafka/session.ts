// One connection to a Kafka cluster, opened for a batch of events.
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSafely } from 'node:tls';
import kafkajs, { type ISocketFactory, type KafkaConfig } from 'kafkajs';
import { ConnectorError } from '../../src/connector/contract.ts';
import { inTime } from '../../src/connector/in-time.ts';
import { meaningOf } from './failures.ts';
import type { KafkaContext } from './settings.ts';

interface Client {
  connect(): Promise<void>;
}

/** @throws ConnectorError */
export async function withCluster<C extends Client, T>(
  context: KafkaContext,
  open: (cluster: kafkajs.Kafka) => C,
  use: (client: C) => Promise<T>,
): Promise<T> {
  const names = context.settings.brokers.join(', ');
  const sockets = new Sockets();
  try {
    return await inTime(context, `Kafka broker ${names}`, async () => use(await firstOpen(context, sockets, open)));
  } catch (error) {
    if (error instanceof ConnectorError) throw error;
    const { kind, words, sent } = meaningOf(error);
    throw new ConnectorError(kind, `${names}: ${context.http.redact(words)}`, { sent, cause: error });
  } finally {
    sockets.close();
  }
}

/** One broker of the list after the other: the library asks a second one only where it may try everything again. */
async function firstOpen<C extends Client>(
  context: KafkaContext,
  sockets: Sockets,
  open: (cluster: kafkajs.Kafka) => C,
): Promise<C> {
  const { brokers } = context.settings;
  for (const [index, broker] of brokers.entries()) {
    const client = open(new kafkajs.Kafka(configOf(context, broker, sockets)));
    try {
      await inTime({ ...context, timeoutMs: shareOf(context) }, `Kafka broker ${broker}`, () => client.connect());
      return client;
    } catch (error) {
      const isAway = ['unavailable', 'timeout'].includes(meaningOf(error).kind);
      if (!isAway || index === brokers.length - 1) throw error;
    }
  }
  throw new Error('there is no broker');
}

/** ms for one broker to let us in, so that a silent one leaves time for the others. */
const shareOf = ({ settings, timeoutMs }: KafkaContext): number => Math.ceil(timeoutMs / settings.brokers.length);

function configOf(context: KafkaContext, broker: string, sockets: Sockets): KafkaConfig {
  const { settings, timeoutMs } = context;
  const { clientId, tls, auth } = settings;
  const shareMs = shareOf(context);
  return {
    ...{ brokers: [broker], clientId, connectionTimeout: shareMs, authenticationTimeout: shareMs },
    requestTimeout: timeoutMs,
    // The hub decides when it is tried again.
    retry: { retries: 0 },
    socketFactory: sockets.open,
    // What it has to say is in its errors.
    ...{ logLevel: kafkajs.logLevel.NOTHING, logCreator: () => () => undefined },
    ...(tls && { ssl: definedOf(tls) }),
    ...(auth && { sasl: { ...auth } as NonNullable<KafkaConfig['sasl']> }),
  };
}

const definedOf = <T extends object>(members: T) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** Whatever the library opens, also to brokers that the cluster names, ends with the exchange. */
class Sockets {
  readonly #open = new Set<Socket>();
  #isOver = false;

  readonly open: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    // The library connects once more by itself when it loses its connection.
    if (this.#isOver) throw new Error('the exchange is over');
    const socket = ssl
      ? connectSafely({ host, port, ...(isIP(host) === 0 && { servername: host }), ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setNoDelay(true);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return socket;
  };

  /** With an error, since of a bare end of its own the library is not told, and waits for its answers. */
  close(): void {
    this.#isOver = true;
    for (const socket of this.#open) socket.destroy(new Error('the exchange is over'));
  }
}
