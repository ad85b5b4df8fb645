// Which members of a payload would have to be another value, for it to say what a mapping would write there.
import { equalJson, type Lossless, type LosslessObject, NumberText } from '../model/json.ts';

const isObject = (value: Lossless | undefined): value is LosslessObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);

/**
 * Members that `held` has and that `wanted` has otherwise; a member that is absent says nothing.
 * @returns paths as in a mapping, rows as `items[].qty`, each once
 */
export function differingMembers(held: LosslessObject, wanted: LosslessObject): string[] {
  const found = new Set<string>();
  compareMembers(held, wanted, '', found);
  return [...found];
}

function compareMembers(held: LosslessObject, wanted: LosslessObject, at: string, found: Set<string>): void {
  for (const [name, value] of Object.entries(held)) {
    if (!Object.hasOwn(wanted, name)) continue;
    compare(value as Lossless, wanted[name] as Lossless, at === '' ? name : `${at}.${name}`, found);
  }
}

function compare(held: Lossless, wanted: Lossless, at: string, found: Set<string>): void {
  if (held === wanted || equalJson(held, wanted)) return;
  const rows = objectsOf(held);
  const others = objectsOf(wanted);
  if (isObject(held) && isObject(wanted)) compareMembers(held, wanted, at, found);
  else if (rows && others && rows.length === others.length) {
    for (const [index, row] of rows.entries()) compareMembers(row, others[index] as LosslessObject, `${at}[]`, found);
  } else found.add(at);
}

const objectsOf = (value: Lossless): LosslessObject[] | undefined =>
  Array.isArray(value) && value.every(isObject) ? (value as LosslessObject[]) : undefined;
