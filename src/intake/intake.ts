// Takes requests of changes: reads the envelope, decides each change, answers for all of them.
import type { World } from '../core/catalog.ts';
import type { AcceptReply, AcceptRequest, Fault } from '../core/core.ts';
import { invalid, notFound, problem } from '../core/problem.ts';
import { JsonFault } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import type { WaitingRow } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { accept } from './accept.ts';
import type { Admission } from './admission.ts';
import { type Envelope, fingerprint, type Item, readEnvelope } from './envelope.ts';
import { type Arrival, prepare, unknownSystem } from './prepare.ts';
import { type ChangeResult, KeyReused } from './result.ts';

export interface IntakeLimits {
  batch: number;
  depth: number;
}

export interface Intake {
  accept(request: AcceptRequest): Promise<AcceptReply>;
  /** What was fetched for a change that names no data. */
  takeFetched(row: WaitingRow, payload: string): Promise<ChangeResult>;
  /** Takes the changes that waited for creates of that type to that system. */
  takeWaiting(system: string, type: RecordType): Promise<void>;
}

export function createIntake(store: Store, world: World, limits: IntakeLimits, admission: Admission): Intake {
  const { catalog } = world;
  const systemOf = (id: string) => {
    const system = catalog.system(id);
    if (!system) throw notFound(unknownSystem(id, catalog.systems));
    return system;
  };

  // None of these is async, nor awaits: every layer that waits would cost each change a promise and a turn.
  const decide = (arrival: Arrival): ChangeResult | Promise<ChangeResult> => {
    const prepared = prepare(arrival, catalog);
    if ('faults' in prepared) return { status: 'invalid', record: arrival.change.record, faults: prepared.faults };
    return admission.enter(() =>
      store.transact(prepared.keys, (state, context) => accept(prepared, world, state, context)),
    );
  };

  const takeItem = (item: Item, request: AcceptRequest, requestKey: string | undefined) => {
    if ('faults' in item) return invalidItem(item.faults);
    const { change, text } = item;
    const key = change.key ?? requestKey;
    return decide({
      system: systemOf(request.system),
      change,
      text,
      via: request.via,
      once: key === undefined ? undefined : { key, fingerprint: fingerprint(text()) },
      since: request.since,
      traceparent: request.traceparent,
      backfill: request.backfill === true,
      waited: undefined,
    });
  };

  const takeRow = async (row: WaitingRow, text: string): Promise<ChangeResult> => {
    const [item] = readEnvelope(text, 'json', { ...limits, batch: 1 }).items;
    if (!item || 'faults' in item) return invalidItem(item?.faults ?? []);
    return decide({
      system: systemOf(row.system),
      change: item.change,
      text: item.text,
      via: 'api',
      once: undefined,
      since: undefined,
      traceparent: undefined,
      backfill: false,
      waited: { id: row.id, createsUpTo: row.createsUpTo },
    });
  };

  const takeInBatch = async (item: Item, request: AcceptRequest, index: number): Promise<ChangeResult> => {
    try {
      return await takeItem(item, request, request.key && `${request.key}#${index}`);
    } catch (error) {
      if (!(error instanceof KeyReused)) throw error;
      return invalidItem([{ path: `/${index}/key`, message: error.message }]);
    }
  };

  return {
    accept: async (request) => {
      systemOf(request.system);
      const envelope = readRequest(request, limits);
      if (envelope.batch) {
        const taken = envelope.items.map((item, index) => takeInBatch(item, request, index));
        return batchReply(await Promise.all(taken));
      }
      const item = singleItem(envelope);
      try {
        return singleReply(await takeItem(item, request, request.key));
      } catch (error) {
        if (error instanceof KeyReused) throw problem('key-reused', error.message);
        throw error;
      }
    },
    takeFetched: (row, payload) => takeRow(row, `${row.item.trimEnd().slice(0, -1)},"data":${payload}}`),
    takeWaiting: async (system, type) => {
      const rows = await store.waitingFor(system, type);
      await Promise.all(rows.filter(({ reason }) => reason === 'create').map((row) => takeRow(row, row.item)));
    },
  };
}

const invalidItem = (faults: Fault[]): ChangeResult => ({ status: 'invalid', faults });

function readRequest(request: AcceptRequest, limits: IntakeLimits): Envelope {
  let envelope: Envelope;
  try {
    envelope = readEnvelope(request.body, request.format, limits);
  } catch (error) {
    if (error instanceof JsonFault) throw invalid([{ path: error.path, message: error.message }]);
    if (error instanceof RangeError) throw problem('too-large', error.message);
    throw error;
  }
  if (envelope.items.length === 0) throw invalid([{ path: '', message: 'there is no change in it' }]);
  if (envelope.batch && request.key !== undefined && request.via === 'api') {
    const message = 'an Idempotency-Key is for a single change; give each change of a batch its own "key"';
    throw invalid([{ path: 'Idempotency-Key', message }]);
  }
  return envelope;
}

/** @throws ProblemError 400 with the faults of the one change */
function singleItem({ items }: Envelope): Item {
  const [item] = items;
  if (!item) throw invalid([]);
  if ('faults' in item) throw invalid(item.faults);
  return item;
}

/** @throws ProblemError 400 where the change, and not its data, is a bad one */
function singleReply(result: ChangeResult): AcceptReply {
  if (result.status === 'invalid' && isAboutEnvelope(result.faults)) throw invalid(result.faults ?? []);
  return {
    status: 202,
    body: JSON.stringify({ results: [result] }),
    replayed: result.repeated === true,
    counts: { [result.repeated ? 'repeated' : result.status]: 1 },
  };
}

const batchReply = (results: ChangeResult[]): AcceptReply => ({
  status: 202,
  body: JSON.stringify({ results }),
  replayed: false,
  counts: countOf(results),
});

/** What the data says, or leaves out, is answered as a result; all else makes the request a bad one. */
const isAboutEnvelope = (faults: Fault[] | undefined): boolean =>
  faults?.some(({ path }) => !path.startsWith('/data')) ?? false;

function countOf(results: readonly ChangeResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, repeated } of results) {
    const name = repeated ? 'repeated' : status;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
