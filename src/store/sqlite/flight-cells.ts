// One send in flight as part of a batch: a short head, and its texts in one long text shared by the batch. Its image is
// kept with the replica.
import type { JsonObject } from '../../model/json.ts';
import type { InFlightRow, ReplicaRow } from '../rows.ts';

/** The key is 0 where it is the usual one. The lengths are those of body, payload and older. */
export type FlightHead = [
  replica: number,
  seq: number,
  version: number,
  op: InFlightRow['op'],
  sentAt: number,
  token: string,
  key: string | 0,
  body: number,
  payload: number,
  older: number,
];

const absent = -1;
const sameAsBody = -2;

/** What else is known of a send that is read. */
export interface FlightOf {
  replica: number;
  of: ReplicaRow;
  image: JsonObject;
}

export function flightParts(replica: number, row: InFlightRow): { head: FlightHead; texts: string[] } {
  const { key, seq, version, op, sentAt, token, body, payload, older } = row;
  const texts = [body];
  if (payload !== null && payload !== body) texts.push(payload);
  const olderText = older.length === 0 ? null : JSON.stringify(older);
  if (olderText !== null) texts.push(olderText);
  const payloadLength = payload === body ? sameAsBody : (payload?.length ?? absent);
  const shortKey = key === usualKey(row, seq) ? 0 : key;
  const lengths: [number, number, number] = [body.length, payloadLength, olderText?.length ?? absent];
  return { head: [replica, seq, version, op, sentAt, token, shortKey, ...lengths], texts };
}

export function flightRow(of: FlightOf, heads: readonly FlightHead[], texts: string): InFlightRow | undefined {
  let from = 0;
  for (const head of heads) {
    if (head[0] === of.replica) return rowAt(head, of, texts, from);
    from += head[7] + Math.max(head[8], 0) + Math.max(head[9], 0);
  }
  return undefined;
}

function rowAt(head: FlightHead, { of, image }: FlightOf, texts: string, from: number): InFlightRow {
  const [, seq, version, op, sentAt, token, key, bodyLength, payloadLength, olderLength] = head;
  const { system, type, recordId } = of;
  const bodyEnd = from + bodyLength;
  const payloadEnd = bodyEnd + Math.max(payloadLength, 0);
  const body = texts.slice(from, bodyEnd);
  const payload = payloadLength === sameAsBody ? body : texts.slice(bodyEnd, payloadEnd);
  return {
    system,
    type,
    recordId,
    key: key === 0 ? usualKey(of, seq) : key,
    seq,
    version,
    op,
    body,
    image,
    payload: payloadLength === absent ? null : payload,
    older:
      olderLength === absent ? [] : (JSON.parse(texts.slice(payloadEnd, payloadEnd + olderLength)) as JsonObject[]),
    sentAt,
    token,
  };
}

const usualKey = ({ system, type, recordId }: Pick<ReplicaRow, 'system' | 'type' | 'recordId'>, seq: number): string =>
  `${system}:${type}:${recordId}:${seq}`;
