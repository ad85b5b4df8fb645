// One case's world: the vendor's model behind a real socket, the connector joined to it, a clock that stands still.
import type { Connection } from '../../../src/connector/connection.ts';
import {
  ConnectorError,
  type InboundChange,
  type Polled,
  type Pushed,
  type Send,
  type StreamEvent,
} from '../../../src/connector/contract.ts';
import type { RecordType } from '../../../src/model/records.ts';
import { connectTo, testNow } from '../../connectors/connect.ts';
import { serveHttp, serveWire, type VendorServer } from './server.ts';
import type { ConnectorSubject, Held, Sample, Vendor, WriteSamples } from './subject.ts';

/** Of a connection that is there to run into it; every other one waits as long as a busy machine may take. */
export const shortMs = 300;
const longMs = 20_000;
/** So that everything that is tried at once is under way at once. */
const connections = 16;

export interface Scene {
  subject: ConnectorSubject;
  vendor: Vendor;
  server: VendorServer;
  connection: Connection;
  /** A second system of the same connector, with a server of its own that is served by the same model. */
  another(): Promise<{ connection: Connection; server: VendorServer }>;
  /** The same system with other settings, or with less patience (ms over an exchange). */
  connect(settings: object, timeoutMs?: number): Connection;
  close(): Promise<void>;
}

export async function openScene(subject: ConnectorSubject): Promise<Scene> {
  const vendor = subject.vendor(() => testNow);
  const servers: VendorServer[] = [];
  const opened: Connection[] = [];
  const start = async (): Promise<VendorServer> => {
    const { serve } = subject;
    const server = serve ? await serveWire(await serve(vendor)) : await serveHttp(vendor.handlers);
    servers.push(server);
    return server;
  };
  const connect = (settings: object, timeoutMs = longMs): Connection => {
    const connection = connectTo(subject.connector, settings, { timeoutMs, connections });
    opened.push(connection);
    return connection;
  };
  const server = await start();
  return {
    subject,
    vendor,
    server,
    connection: connect(subject.settings(server.url)),
    another: async () => {
      const second = await start();
      return { server: second, connection: connect(subject.settings(second.url)) };
    },
    connect,
    close: async () => {
      await Promise.all(opened.map((connection) => connection.destroy()));
      await Promise.all(servers.map((one) => one.close()));
    },
  };
}

export function push({ connection }: Pick<Scene, 'connection'>, send: Send): Promise<Pushed> {
  const pushed = connection.connector.push?.(send, connection.context());
  if (!pushed) throw new Error('it pushes nothing');
  return pushed;
}

/** Keys differ from case to case as from change to change. */
export const sendOf = (record: RecordType, op: Send['op'], { body, match }: Pick<Sample, 'body' | 'match'>): Send => ({
  op,
  record,
  recordId: `${record}_1`,
  key: `wms:${record}:${record}_1:${op === 'create' ? 1 : 2}`,
  body,
  match: match ?? [],
  repeat: false,
});

export const again = (send: Send): Send => ({ ...send, repeat: true });

export const samplesOf = ({ subject }: Scene, record: RecordType): WriteSamples => {
  const samples = subject.writes[record];
  if (!samples) throw new Error(`the suite has no samples of ${record}, which the connector writes`);
  return samples;
};

/** Record types that it writes with these settings. */
export const written = ({ connection }: Scene): RecordType[] => connection.abilities.writes as RecordType[];

/** No two records have one id, no two changes one key. */
const namesOf = (record: RecordType, n: number | string, seq: number): Pick<Send, 'recordId' | 'key'> => ({
  recordId: `${record}_${n}`,
  key: `wms:${record}:${record}_${n}:${seq}`,
});

/** An update of an object that is there. */
export function anUpdate(scene: Scene, record: RecordType): { send: Send; sample: Sample; id: string } {
  const { update } = samplesOf(scene, record);
  if (typeof update === 'string') throw new Error(`a ${record} is never changed: ${update}`);
  const id = scene.vendor.add(record, testNow);
  const sample = update(id, scene.vendor);
  return { id, sample, send: { ...sendOf(record, 'update', sample), ...namesOf(record, id, 2), externalId: id } };
}

export const heldAs = (scene: Scene, record: RecordType, id: string): Held | undefined =>
  scene.vendor.held(record).find((held) => held.id === id);

/** Everything the vendor holds of the types that matter here. */
export const stateOf = ({ vendor }: Scene, records: readonly RecordType[]): string =>
  JSON.stringify(records.map((record) => vendor.held(record)));

export interface Lost {
  count(): number;
  end(): void;
}

/**
 * Answers to requests that changed something are lost until it is ended.
 * @param only the one that is lost, counted from 0; all where absent
 */
export function loseAnswers(scene: Scene, records: readonly RecordType[], only?: number): Lost {
  let changes = 0;
  let lost = 0;
  scene.server.lose(() => {
    const before = stateOf(scene, records);
    return () => {
      if (stateOf(scene, records) === before) return false;
      const isLost = only === undefined || changes === only;
      changes += 1;
      if (isLost) lost += 1;
      return isLost;
    };
  });
  return { count: () => lost, end: () => scene.server.lose(undefined) };
}

/** @returns the ConnectorError that it fails with */
export async function failureOf(doing: Promise<unknown>): Promise<ConnectorError> {
  const outcome = await doing.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error(`it did not fail: ${JSON.stringify(outcome.value)}`);
  if (!(outcome.error instanceof ConnectorError)) throw outcome.error;
  return outcome.error;
}

export function poll({ connection }: Pick<Scene, 'connection'>, record: RecordType, cursor?: string): Promise<Polled> {
  const polled = connection.connector.poll?.({ record, cursor, now: testNow }, connection.context());
  if (!polled) throw new Error('it polls nothing');
  return polled;
}

/** More pages than any model has objects. */
const mostPages = 100;

/** @param between told after each page that is not the last */
export async function pollToTheEnd(
  scene: Pick<Scene, 'connection'>,
  record: RecordType,
  from?: string,
  between: (page: number) => void = () => undefined,
): Promise<{ items: InboundChange[]; cursor: string | undefined }> {
  const items: InboundChange[] = [];
  let cursor = from;
  for (let page = 0; page < mostPages; page += 1) {
    const polled = await poll(scene, record, cursor);
    items.push(...polled.items);
    ({ cursor } = polled);
    if (!polled.more) return { items, cursor };
    between(page);
  }
  throw new Error(`the poll of ${record} never ends`);
}

/** Something that the connector can be asked for, to see how it takes a fault. */
export interface Act {
  what: string;
  /** Nothing in the system is changed by it. */
  reads: boolean;
  run(connection: Connection): Promise<unknown>;
}

/** The object number n; undefined where objects of this type are not made. */
export function aCreate(scene: Scene, record: RecordType, n: number): { send: Send; sample: Sample } | undefined {
  const { create } = samplesOf(scene, record);
  if (typeof create === 'string') return undefined;
  const sample = create(n, scene.vendor);
  return { sample, send: { ...sendOf(record, 'create', sample), ...namesOf(record, n, 1) } };
}

/** What is never changed can only be made. */
function aWrite(scene: Scene, record: RecordType): Send {
  if (typeof samplesOf(scene, record).update !== 'string') return anUpdate(scene, record).send;
  const made = aCreate(scene, record, scene.vendor.held(record).length + 1);
  if (!made) throw new Error(`a ${record} is neither made nor changed`);
  return made.send;
}

const anEvent = (): StreamEvent => ({
  ...{ id: 'e1:1', record: 'order', recordId: 'ord_1', op: 'created', source: 'shop' },
  body: '{"specversion":"1.0","id":"e1:1","data":{}}',
});

/** One of each way to reach the system. */
export function actsOf(scene: Scene): Act[] {
  const { connector, abilities } = scene.connection;
  const acts: Act[] = written(scene).map((record) => {
    const send = aWrite(scene, record);
    return { what: `${send.op} of ${record}`, reads: false, run: (connection) => push({ connection }, send) };
  });
  const [polled] = abilities.polls;
  if (polled) acts.push({ what: 'poll', reads: true, run: (connection) => poll({ connection }, polled.record) });
  const [listed] = abilities.lists;
  if (listed)
    acts.push({
      what: 'list',
      reads: true,
      run: async (on) => on.connector.list?.({ record: listed, cursor: undefined }, on.context()),
    });
  const [fetched] = abilities.fetches;
  if (fetched) {
    const externalId = scene.vendor.add(fetched, testNow);
    acts.push({
      what: 'fetch',
      reads: true,
      run: async (on) => on.connector.fetch?.({ record: fetched, externalId }, on.context()),
    });
  }
  if (connector.publish)
    acts.push({
      what: 'publish',
      reads: false,
      run: async (on) => {
        const { error } = (await on.connector.publish?.([anEvent()], on.context())) ?? {};
        if (error) throw error;
      },
    });
  if (connector.check) acts.push({ what: 'check', reads: true, run: async (on) => on.connector.check?.(on.context()) });
  return acts;
}
