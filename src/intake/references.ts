// Turns a payload's references into canonical ids; an unknown one makes a stub, so that nothing waits on the way in.
import { covers } from '../core/catalog.ts';
import type { Lookup } from '../mapping/mapping.ts';
import { idPrefix } from '../model/ids.ts';
import type { RecordType } from '../model/records.ts';
import { extKey, newRecord, newReplica } from '../store/draft.ts';
import type { Work } from './commit-edit.ts';
import type { Prepared } from './prepare.ts';

export function resolveReferences(prepared: Prepared, work: Work): Lookup {
  const { arrival, references } = prepared;
  const { state } = work;
  const known = new Map<string, string>();
  for (const { record, id } of references) {
    const key = extKey(arrival.system.id, record, id);
    if (known.has(key)) continue;
    const found = state.resolve(key);
    const merged = found === undefined ? undefined : (state.record(found)?.row.mergedInto ?? found);
    known.set(key, merged ?? makeStub(prepared, record, id, work));
  }
  return (record, id) => known.get(extKey(arrival.system.id, record, id));
}

/** An empty record with that external id, delivered nowhere until its own payload fills it. */
function makeStub(prepared: Prepared, record: RecordType, externalId: string, { context, out, world }: Work): string {
  const { system } = prepared.arrival;
  const id = context.newId(idPrefix(record));
  out.records.push(newRecord(record, id, context.now));
  out.replicas.push({ ...newReplica(system.id, record, id), externalId });
  if (covers(system.fetches, record)) {
    const item = JSON.stringify({ record, id: externalId });
    const waiting = {
      id: context.newId('wait_'),
      system: system.id,
      type: record,
      externalId,
      reason: 'fetch' as const,
    };
    world.notes.fetch();
    out.waiting.push({ ...waiting, item, at: context.now, dueAt: context.now, attempts: 0, createsUpTo: 0 });
  }
  return id;
}
