// One send in flight as part of a batch: a short head, and its texts in one long text shared by the batch.
import type { JsonObject } from '../../model/json.ts';
import type { InFlightRow, ReplicaRow } from '../rows.ts';
import { treeText } from './json-text.ts';

/** The lengths are those of body, image, payload and older; -1: null, -2: the payload is the body. */
export type FlightHead = [
  replica: number,
  key: string,
  seq: number,
  version: number,
  op: InFlightRow['op'],
  sentAt: number,
  token: string,
  ...lengths: [number, number, number, number],
];

const absent = -1;
const sameAsBody = -2;

export type FlightTexts = [body: string, image: string, payload: string | null, older: string | null];

export function flightTexts(row: InFlightRow): FlightTexts {
  const payload = row.payload === row.body ? null : row.payload;
  return [row.body, treeText(row.image), payload, row.older.length === 0 ? null : JSON.stringify(row.older)];
}

export function flightHead(replica: number, row: InFlightRow, [body, image, payload, older]: FlightTexts): FlightHead {
  const { key, seq, version, op, sentAt, token } = row;
  const lengths: [number, number, number, number] = [
    body.length,
    image.length,
    payload?.length ?? (row.payload === null ? absent : sameAsBody),
    older?.length ?? absent,
  ];
  return [replica, key, seq, version, op, sentAt, token, ...lengths];
}

export function flightRow(
  replica: number,
  of: ReplicaRow,
  heads: readonly FlightHead[],
  texts: string,
): InFlightRow | undefined {
  let from = 0;
  for (const head of heads) {
    const lengths = head.slice(7) as [number, number, number, number];
    if (head[0] === replica) return rowAt(head, of, cut(texts, from, lengths));
    for (const length of lengths) from += Math.max(length, 0);
  }
  return undefined;
}

function cut(texts: string, start: number, lengths: readonly number[]): (string | null)[] {
  let from = start;
  return lengths.map((length) => {
    if (length < 0) return null;
    from += length;
    return texts.slice(from - length, from);
  });
}

function rowAt(head: FlightHead, of: ReplicaRow, [body, image, payload, older]: (string | null)[]): InFlightRow {
  const [, key, seq, version, op, sentAt, token] = head;
  const { system, type, recordId } = of;
  const isBody = head[9] === sameAsBody;
  return {
    system,
    type,
    recordId,
    key,
    seq,
    version,
    op,
    body: body ?? '',
    image: JSON.parse(image ?? '{}') as JsonObject,
    payload: isBody ? (body ?? '') : (payload ?? null),
    older: older === null || older === undefined ? [] : (JSON.parse(older) as JsonObject[]),
    sentAt,
    token,
  };
}
