// What a person did, written in the same commit as the deed itself.
import type { Work } from '../intake/commit-edit.ts';
import type { AuditRow } from '../store/rows.ts';
import type { RecordState } from '../store/store.ts';

interface Deed {
  actor: string;
  action: string;
  /** What it was done to, where that is not the record itself. */
  target?: string;
  /** In whose history it stands, where that is another record. */
  recordId?: string;
  detail: AuditRow['detail'];
}

export function audit({ context, out }: Work, { row }: RecordState, { target = row.id, ...deed }: Deed): void {
  out.audit.push({ at: context.now, target, recordId: row.id, ...deed });
}
