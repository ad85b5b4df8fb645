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

  const decide = async (arrival: Arrival): Promise<ChangeResult> => {
    const prepared = prepare(arrival, catalog);
    if ('faults' in prepared) return { status: 'invalid', record: arrival.change.record, faults: prepared.faults };
    return admission.enter(() =>
      store.transact(prepared.keys, (state, context) => accept(prepared, world, state, context)),
    );
  };

  const takeItem = async (item: Item, request: AcceptRequest, key: string | undefined): Promise<ChangeResult> => {
    if ('faults' in item) return { status: 'invalid', faults: item.faults };
    const { change, text } = item;
    const once = change.key ?? key;
    const { via, since, traceparent, backfill } = request;
    return decide({
      system: systemOf(request.system),
      change,
      text,
      via,
      ...(once !== undefined && { once: { key: once, fingerprint: fingerprint(text()) } }),
      ...(since !== undefined && { since }),
      ...(traceparent !== undefined && { traceparent }),
      ...(backfill && { backfill }),
    });
  };

  const takeRow = async (row: WaitingRow, text: string): Promise<ChangeResult> => {
    const [item] = readEnvelope(text, 'json', { ...limits, batch: 1 }).items;
    if (!item || 'faults' in item) return { status: 'invalid', faults: item?.faults ?? [] };
    const waited = { id: row.id, createsUpTo: row.createsUpTo };
    return decide({ system: systemOf(row.system), change: item.change, text: item.text, via: 'api', waited });
  };

  return {
    accept: async (request) => {
      systemOf(request.system);
      const envelope = readRequest(request, limits);
      if (!envelope.batch) return single(await takeSingle(envelope, request, takeItem));
      const results = await Promise.all(
        envelope.items.map((item, index) =>
          takeItem(item, request, request.key && `${request.key}#${index}`).catch((error: unknown) =>
            reusedInBatch(error, index),
          ),
        ),
      );
      return { status: 202, body: JSON.stringify({ results }), replayed: false, counts: countOf(results) };
    },
    takeFetched: (row, payload) => takeRow(row, `${row.item.trimEnd().slice(0, -1)},"data":${payload}}`),
    takeWaiting: async (system, type) => {
      const rows = await store.waitingFor(system, type);
      await Promise.all(rows.filter(({ reason }) => reason === 'create').map((row) => takeRow(row, row.item)));
    },
  };
}

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

/** @throws ProblemError 400 with the faults of the one change, 422 for a key used otherwise */
async function takeSingle(
  { items }: Envelope,
  request: AcceptRequest,
  take: (item: Item, request: AcceptRequest, key: string | undefined) => Promise<ChangeResult>,
): Promise<ChangeResult> {
  const [item] = items;
  if (!item) throw invalid([]);
  if ('faults' in item) throw invalid(item.faults);
  try {
    const result = await take(item, request, request.key);
    if (result.status === 'invalid' && isAboutEnvelope(result.faults)) throw invalid(result.faults ?? []);
    return result;
  } catch (error) {
    if (error instanceof KeyReused) throw problem('key-reused', error.message);
    throw error;
  }
}

/** What the data says, or leaves out, is answered as a result; all else makes the request a bad one. */
const isAboutEnvelope = (faults: Fault[] | undefined): boolean =>
  faults?.some(({ path }) => !path.startsWith('/data')) ?? false;

function reusedInBatch(error: unknown, index: number): ChangeResult {
  if (!(error instanceof KeyReused)) throw error;
  return { status: 'invalid', faults: [{ path: `/${index}/key`, message: error.message }] };
}

const single = (result: ChangeResult): AcceptReply => ({
  status: 202,
  body: JSON.stringify({ results: [result] }),
  replayed: result.repeated === true,
  counts: { [result.repeated ? 'repeated' : result.status]: 1 },
});

function countOf(results: readonly ChangeResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, repeated } of results) {
    const name = repeated ? 'repeated' : status;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
