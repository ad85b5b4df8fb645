// One item of a feed: the state that is served is stored before the page leaves.
import type { World } from '../core/catalog.ts';
import type { FeedItem } from '../core/core.ts';
import { flightRow, settleUnsent } from '../delivery/claim.ts';
import { giveUp } from '../delivery/dead.ts';
import { render } from '../delivery/render.ts';
import { draft } from '../store/draft.ts';
import type { InFlightRow, ReplicaRow } from '../store/rows.ts';
import type { Decide } from '../store/store.ts';
import type { PageWriter } from './written.ts';

export type Served = Omit<FeedItem, 'changedAt'> | undefined;

interface Place {
  system: string;
  recordId: string;
  seq: number;
  /** Who writes the page. */
  writer?: PageWriter | undefined;
}

/** @returns the item; undefined when there is none at that place any more: it moved on, or nothing is to be sent */
export function serve(world: World, at: Place): Decide<Served> {
  return (state, context) => {
    const record = state.record(at.recordId);
    const replica = record?.replicas.get(at.system);
    const system = world.catalog.system(at.system);
    if (!record || !replica || !system || replica.state !== 'behind' || replica.wantedSeq !== at.seq)
      return { write: {}, answer: undefined };
    const flight = record.inFlight(at.system);
    const out = draft();
    const one = { world, state, context, replica, record, flight };
    /** Until a person, or a newer change, looks at it again. */
    const refuse = (message: string, payload: string | null) => {
      giveUp(replica, { kind: 'invalid', message, seq: at.seq, payload, response: null }, context, out);
      if (flight) out.settled.push({ system: at.system, recordId: at.recordId });
      world.notes.alert({ kind: 'dead_letter', system: at.system, record: at.recordId, message });
      world.notes.attempt(at.system, 'invalid');
      return { write: out, answer: undefined };
    };
    if (flight && flight.seq === at.seq) {
      const item = itemOf(replica, flight);
      const fault = at.writer?.faultOf(item);
      return fault === undefined ? { write: {}, answer: item } : refuse(fault, item.data);
    }
    const unsettled = flight ? [...flight.older, flight.image] : [];
    const rendering = render({ catalog: world.catalog, system, replica, record, unsettled }, state);
    if (rendering.kind === 'need') return { need: rendering.keys };
    if (rendering.kind === 'invalid') return refuse(rendering.message, null);
    if (rendering.kind === 'nothing') settleUnsent(one, out);
    if (rendering.kind === 'parked') {
      out.replicas.push({ ...replica, state: 'parked', parkedOn: rendering.on });
      world.notes.attempt(at.system, 'parked');
    }
    if (rendering.kind !== 'send') return { write: out, answer: undefined };
    const row = flightRow(one, rendering, unsettled);
    const item = itemOf(replica, row);
    const fault = at.writer?.faultOf(item);
    if (fault !== undefined) return refuse(fault, item.data);
    out.inFlight.push(row);
    if (replica.mapping !== rendering.mapping) out.replicas.push({ ...replica, mapping: rendering.mapping });
    return { write: out, answer: item };
  };
}

function itemOf({ type, recordId, externalId }: ReplicaRow, { op, seq, body }: InFlightRow): NonNullable<Served> {
  return { record: type, id: recordId, externalId, op, seq: String(seq), data: body };
}
