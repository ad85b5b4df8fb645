// Which of our fields an object is looked for by, and what its system calls that.
import type { Lossless } from '../model/json.ts';
import { stringifyJson } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import { textAt } from './answer.ts';
import type { InboundChange, Reference } from './contract.ts';
import { ConnectorError } from './error.ts';

/** @param keys ours → theirs, the best first. @throws ConnectorError invalid when none of them is given */
export function keyOf(reference: Reference, keys: Readonly<Record<string, string>>): { name: string; value: string } {
  const match = 'match' in reference ? reference.match : [];
  for (const [ours, name] of Object.entries(keys)) {
    const value = match.find(({ field }) => field === ours)?.value;
    if (value !== undefined) return { name, value };
  }
  throw new ConnectorError('invalid', `find needs ${Object.keys(keys).join(' or ')}`, { sent: false });
}

/** @throws ConnectorError unknown when there are several */
export function onlyOne<T>(found: readonly T[], what: string): T | undefined {
  if (found.length > 1) throw new ConnectorError('unknown', `there are several ${what}: one of them must go`);
  return found[0];
}

/** @returns undefined where the system does not know it */
export async function unlessMissing<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'not_found') return undefined;
    throw error;
  }
}

/** An object as a change: the whole of it, as its system has it. */
export function changeOf(record: RecordType, object: Lossless, at?: string): InboundChange & { data: string } {
  const id = textAt(object, ['id']);
  return { record, ...(id !== undefined && { id }), ...(at !== undefined && { at }), data: stringifyJson(object) };
}
