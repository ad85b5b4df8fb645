// One change as a CloudEvent: what the change stream shows, and what is published.
import { maskPersonal } from './fields.ts';
import type { JsonObject } from './json.ts';
import type { RecordType } from './records.ts';

/** A row of the change table, as far as it is told. Times in ms since 1970. */
export interface ToldChange {
  seq: number;
  type: RecordType;
  recordId: string;
  version: number;
  source: string;
  op: string;
  /** unit → [old value, new value]. */
  units: Record<string, [JsonObject, JsonObject]>;
  recordedAt: number;
  traceparent: string | null;
}

/**
 * CloudEvents 1.0; `recordversion` and `traceparent` are extensions of it.
 * @param told personalData: false masks it
 */
export function changeEvent(change: ToldChange, told: { id: string; personalData: boolean }): JsonObject {
  return {
    specversion: '1.0',
    id: told.id,
    source: `/systems/${encodeURIComponent(change.source)}`,
    type: `dev.syncline.${change.type}.${change.op}`,
    subject: change.recordId,
    time: new Date(change.recordedAt).toISOString(),
    datacontenttype: 'application/json',
    recordversion: change.version,
    ...(change.traceparent !== null && { traceparent: change.traceparent }),
    data: unitsOf(change, told.personalData),
  };
}

/** Unit → old and new values. */
export function unitsOf(
  { type, units }: Pick<ToldChange, 'type' | 'units'>,
  personalData: boolean,
): Record<string, { old: JsonObject; new: JsonObject }> {
  const see = (tree: JsonObject) => (personalData ? tree : maskPersonal(type, tree));
  return Object.fromEntries(
    Object.entries(units).map(([unit, [old, now]]) => [unit, { old: see(old), new: see(now) }]),
  );
}
