// Asks a person: a task is a record of its own, delivered like any other to the systems that map it.
import { instant } from '../clock.ts';
import type { World } from '../core/catalog.ts';
import { idPrefix } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import type { TaskKind } from '../policy/returns/life/effects.ts';
import { type Draft, newRecord } from '../store/draft.ts';
import type { Context } from '../store/store.ts';
import { fanOut } from './fan-out.ts';

export interface Question {
  kind:
    | 'ambiguous_identity'
    | 'refused_edit'
    | 'ping_pong'
    | 'routing_conflict'
    | 'shipment_cancelled'
    | 'late_shipment'
    | 'request_declined'
    | 'return_refused'
    | 'return_error'
    | TaskKind;
  record: RecordType;
  recordId: string;
  unit: string;
  title: string;
  reason: string;
  /** The answers that `POST /v1/tasks/{id}/done` takes. */
  options: string[];
  /** Whose it is to answer. */
  role?: string;
  /** By when it wants an answer. ms since 1970. */
  dueAt?: number;
  /** What belongs to the question, for whoever answers it. */
  said?: JsonObject;
}

export function openTask({ said, dueAt, ...question }: Question, world: World, context: Context, out: Draft): void {
  const seq = context.nextSeq();
  const { now } = context;
  const made = newRecord('task', context.newId(idPrefix('task')), now);
  const due = dueAt !== undefined && { dueAt: instant(dueAt) };
  const data: JsonObject = { ...question, ...due, state: 'open', ...(said && { x: { syncline: { said } } }) };
  const units: Record<string, [JsonObject, JsonObject]> = {};
  for (const unit of world.catalog.policy('task').unitsIn(data)) {
    units[unit.name] = [{}, { [unit.name]: data[unit.name] ?? null }];
    made.stamps[unit.name] = { source: 'policy', at: now, version: 1 };
  }
  const record = { ...made, version: 1, data };
  out.records.push(record);
  out.changes.push({
    seq,
    type: 'task',
    recordId: record.id,
    version: 1,
    source: 'policy',
    op: 'created',
    units,
    refused: [],
    ambiguous: [],
    resend: null,
    occurredAt: now,
    recordedAt: now,
    traceparent: null,
  });
  fanOut(
    { catalog: world.catalog, record, before: undefined, units: [], source: 'policy', seq, now, whole: true },
    out,
  );
  world.notes.alert({
    kind: question.kind,
    record: question.recordId,
    message: `${question.title}: ${question.reason}`,
  });
}
