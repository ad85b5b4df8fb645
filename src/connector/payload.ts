// The payload of a push, for connectors that write it piece by piece instead of sending it as it is.
import { equalJson, type Lossless, type LosslessObject } from '../model/json.ts';
import { isTree } from '../model/own.ts';
import { parseAnswer, textAt } from './answer.ts';
import { ConnectorError } from './error.ts';

/** @returns the object, or undefined for anything else */
export const treeOf = (value: Lossless | undefined): LosslessObject | undefined =>
  isTree(value) ? (value as LosslessObject) : undefined;

/** @throws ConnectorError invalid */
export function payloadOf({ body }: { body: string }): LosslessObject {
  const tree = treeOf(parseAnswer(body));
  if (tree) return tree;
  throw new ConnectorError('invalid', 'the payload is no object', { sent: false });
}

/**
 * The payload, where it holds nothing that would not be written.
 * @throws ConnectorError invalid naming every other member
 */
export function payloadWith(send: { body: string; record: string }, members: readonly string[]): LosslessObject {
  const payload = payloadOf(send);
  const others = Object.keys(payload).filter((name) => !members.includes(name));
  if (others.length === 0) return payload;
  const words = `of a ${send.record} only ${members.join(', ')} are written, not ${others.join(', ')}`;
  throw new ConnectorError('invalid', words, { sent: false });
}

/**
 * @param member its path, dotted
 * @throws ConnectorError invalid when the payload does not say it
 */
export function requiredText(payload: LosslessObject, member: string): string {
  const value = textAt(payload, member.split('.'));
  if (value !== undefined) return value;
  throw new ConnectorError('invalid', `the payload has no ${member}`, { sent: false });
}

/** Every member that is wanted is there already; an empty text, null and nothing are the same absence. */
export const holdsAll = (present: LosslessObject, wanted: LosslessObject): boolean =>
  Object.entries(wanted).every(([name, value]) => equalJson(filled(value), filled(present[name])));

/** What it shows of the wanted members is as wanted; those that it does not show are not looked at. */
export const agrees = (shown: LosslessObject, wanted: LosslessObject): boolean =>
  Object.entries(wanted).every(
    ([name, value]) => !Object.hasOwn(shown, name) || equalJson(filled(value), filled(shown[name])),
  );

const filled = (value: Lossless | undefined): Lossless => (value === '' || value === undefined ? null : value);
