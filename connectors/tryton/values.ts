// Tryton's typed values, as texts on our side.
import { textAt } from '../../src/connector/answer.ts';
import { ConnectorError } from '../../src/connector/contract.ts';
import { treeOf } from '../../src/connector/payload.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';

/** Decimals digit for digit; times in UTC, to the millisecond; what was read of a record that a field refers to, in its place. */
export function plain(value: Lossless): Lossless {
  if (Array.isArray(value)) return value.map(plain);
  const tree = treeOf(value);
  if (!tree) return value;
  const part = (name: string, length = 2) => (textAt(tree, [name]) ?? '0').padStart(length, '0');
  const day = `${part('year', 4)}-${part('month')}-${part('day')}`;
  if (tree.__class__ === 'Decimal') return tree.decimal ?? null;
  if (tree.__class__ === 'date') return day;
  if (tree.__class__ !== 'datetime') return plainMembers(tree);
  const milliseconds = part('microsecond', 6).slice(0, 3);
  return `${day}T${part('hour')}:${part('minute')}:${part('second')}.${milliseconds}Z`;
}

/** `country: 6` beside `country.: { id: 6, code: "DE" }` is one thing. */
function plainMembers(tree: LosslessObject): LosslessObject {
  const members = Object.entries(tree).filter(([name]) => !Object.hasOwn(tree, `${name}.`));
  return Object.fromEntries(members.map(([name, member]) => [name.replace(/\.$/, ''), plain(member)]));
}

/** @param text RFC 3339 */
export function datetimeOf(text: string): LosslessObject {
  const at = new Date(text);
  const [hour, minute, second] = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  const microsecond = at.getUTCMilliseconds() * 1000;
  return { ...dateOf(at.toISOString()), __class__: 'datetime', hour, minute, second, microsecond };
}

/** @param text begins with a day. @throws ConnectorError invalid */
function dateOf(text: string): LosslessObject {
  const [, year, month, day] = (/^(\d{4})-(\d\d)-(\d\d)/.exec(text) ?? []).map(Number);
  if (year && month && day) return { __class__: 'date', year, month, day };
  throw new ConnectorError('invalid', `"${text}" is no date`, { sent: false });
}

/** Fields as Tryton takes them; null stays null. */
export const typed = (fields: LosslessObject): LosslessObject =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' && /_date$/.test(name) ? dateOf(value) : value,
    ]),
  );
