// Puts right what drifted: the system's word is taken as far as it counts, and its copy sent again where it does not.
import { resend } from '../../delivery/resend.ts';
import { payloadAfter } from '../../intake/edit.ts';
import { fallBehind } from '../../intake/fan-out.ts';
import type { Prepared } from '../../intake/prepare.ts';
import type { Mapping } from '../../mapping/mapping.ts';
import type { JsonObject } from '../../model/json.ts';
import { deletePath } from '../../model/paths.ts';
import { draft, emptyImage } from '../../store/draft.ts';
import type { AuditRow, ImageRow } from '../../store/rows.ts';
import type { Context, RecordState, Writes } from '../../store/store.ts';
import { type Catalog, covers } from '../catalog.ts';

export interface Sending {
  catalog: Catalog;
  system: string;
  record: RecordState;
  actor: string;
  /** What the system holds by its own word; undefined: it has no copy any more. */
  heard: { image: JsonObject; prepared: Prepared } | undefined;
  fields: readonly string[];
}

/** The system's copy is sent again, as it should be. @returns undefined where the system takes nothing of it from us */
export function sendAgain(
  { catalog, system, record, actor, heard, fields }: Sending,
  context: Context,
): Writes | undefined {
  const { row } = record;
  const [setup, replica, mapping] = [
    catalog.system(system),
    record.replicas.get(system),
    catalog.mapping(system, row.type),
  ];
  if (!setup || !replica || !mapping || mapping.outward.length === 0 || !covers(setup.writes, row.type))
    return undefined;
  const out = draft();
  const seq = resend(row, 'policy', 'reconcile', context, out);
  const wanted = { seq, version: row.version, pulls: setup.pulls, now: context.now };
  const behind = fallBehind(replica, wanted, out);
  out.replicas.push(heard ? behind : { ...behind, externalId: null });
  const known = record.image(system);
  out.images.push({ system, recordId: row.id, image: imageOf(known, { heard, fields, mapping }) });
  out.audit.push(repairRow({ at: context.now, actor, system, recordId: row.id, how: 'sent', fields }));
  return out;
}

/** So that exactly what differs is named in what is sent; of what only goes out the system's word says nothing. */
function imageOf(
  known: ImageRow | undefined,
  { heard, fields, mapping }: { heard: Sending['heard']; fields: readonly string[]; mapping: Mapping },
): ImageRow {
  if (!heard) return emptyImage();
  const before = known ?? emptyImage();
  const image = structuredClone(heard.image);
  for (const path of fields) if (!readsAny(mapping, path)) deletePath(image, path.split('.'));
  return { memory: { ...before.memory, image }, payload: payloadAfter(heard.prepared, before.payload) };
}

const readsAny = ({ inward }: Mapping, path: string): boolean =>
  inward.some((ours) => ours === path || path.startsWith(`${ours}.`) || ours.startsWith(`${path}.`));

export const repairRow = ({
  at,
  actor,
  system,
  recordId,
  how,
  fields,
}: {
  at: number;
  actor: string;
  system: string;
  recordId: string;
  how: 'taken' | 'sent';
  fields: readonly string[];
}): AuditRow => ({
  at,
  actor,
  action: 'replica.repair',
  target: `${system}:${recordId}`,
  recordId,
  detail: { system, how, fields: [...fields] },
});
