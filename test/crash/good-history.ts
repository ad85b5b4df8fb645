// A short history in which every promise is kept: two orders, one of which the WMS refuses at last. Tests plant faults in it.
import type { Arrival, Asked, Counts, FeedItem, History, Reply, StreamEvent, Words } from './history.ts';
import { forbiddenNote, noteOf, staffNoteOf } from './words.ts';

export const one = { number: 'SO-A-1', id: 'ord_1' };
export const two = { number: 'SO-A-2', id: 'ord_2' };
const notes = {
  one: [noteOf(one.number, 1), noteOf(one.number, 2)] as const,
  two: [noteOf(two.number, 1), noteOf(two.number, 2, ['!wms'])] as const,
};

const words = (number: string, version: number, note: string, staffNote?: string): Words => ({
  number,
  note,
  amount: version * 100,
  quantity: version,
  ...(staffNote !== undefined && { staffNote }),
});

export function goodHistory(): History {
  const asked = [
    shopAsks('shop-1', one, { version: 1, note: notes.one[0], tick: 1, recordVersion: 1, seq: 1 }),
    shopAsks('shop-2', two, { version: 1, note: notes.two[0], tick: 3, recordVersion: 1, seq: 2 }),
    crmAsks('crm-1', { tick: 30, recordVersion: 2, seq: 3 }),
    shopAsks('shop-3', one, { version: 2, note: notes.one[1], tick: 40, recordVersion: 3, seq: 4 }),
    shopAsks('shop-4', two, { version: 2, note: notes.two[1], tick: 50, recordVersion: 2, seq: 5 }),
    forbiddenAsked(),
  ];
  const [repeated] = asked;
  if (repeated?.reply?.result)
    repeated.again.push({ ...repeated.reply, result: { ...repeated.reply.result, repeated: true } });
  return {
    asked,
    arrivals: [...arrivalsAt('crm', 10), ...arrivalsAt('wms', 20)],
    feed: feedOf(),
    stream: streamOf(),
    kills: [{ tick: 35, at: 2_300, what: 'after a while' }],
    disturbed: [],
    oddities: [],
    answers: 20,
    end: endOf(),
  };
}

interface Taken {
  version: number;
  note: string;
  tick: number;
  recordVersion: number;
  seq: number;
}

function shopAsks(key: string, { number, id }: typeof one, taken: Taken): Asked {
  const { version, note, tick, recordVersion, seq } = taken;
  const result = {
    status: 'accepted',
    id,
    version: recordVersion,
    seq: String(seq),
    applied: ['notes', 'money', 'lines'],
  };
  const reply: Reply = { tick: tick + 1, httpStatus: 202, result };
  return { by: 'shop', key, number, what: 'value', version, note, sentTick: tick, reply, again: [] };
}

function crmAsks(key: string, { tick, recordVersion, seq }: Omit<Taken, 'version' | 'note'>): Asked {
  const result = { status: 'accepted', id: one.id, version: recordVersion, seq: String(seq), applied: ['staffNote'] };
  const reply: Reply = { tick: tick + 1, httpStatus: 202, result };
  return { by: 'crm', key, number: one.number, what: 'value', version: 1, sentTick: tick, reply, again: [] };
}

function forbiddenAsked(): Asked {
  const reply: Reply = { tick: 61, httpStatus: 422, result: undefined };
  const said = { what: 'forbidden' as const, version: 0, note: forbiddenNote('shop-5') };
  return { by: 'shop', key: 'shop-5', number: one.number, ...said, sentTick: 60, reply, again: [] };
}

interface Sent {
  order: typeof one;
  seq: number;
  said: Words;
  answered?: Arrival['answered'];
  applied?: boolean;
  waits?: number;
}

function arrivalsAt(system: 'crm' | 'wms', tick: number): Arrival[] {
  const staffNote = staffNoteOf(one.number, 1);
  const newest = words(one.number, 2, notes.one[1], staffNote);
  return [
    // The create is done, its answer is lost, and it is repeated.
    { order: one, seq: 1, said: words(one.number, 1, notes.one[0]), answered: 'nothing' as const },
    { order: one, seq: 1, said: words(one.number, 1, notes.one[0]), applied: false },
    { order: two, seq: 2, said: words(two.number, 1, notes.two[0]) },
    { order: one, seq: 4, said: newest, answered: 429, applied: false, waits: 1_000 },
    { order: one, seq: 4, said: newest },
    {
      order: two,
      seq: 5,
      said: words(two.number, 2, notes.two[1]),
      ...(system === 'wms' && { answered: 422, applied: false }),
    },
  ].map((sent, index) => arrival(system, sent, { tick: tick + index * 20, at: 1_000 + index * 1_100 }));
}

function arrival(system: 'crm' | 'wms', sent: Sent, { tick, at }: { tick: number; at: number }): Arrival {
  const { order, seq, said, answered = 200, applied = true, waits } = sent;
  const creates = seq <= 2;
  const objectId = `${system}-${order.id}`;
  return {
    tick,
    at,
    system,
    method: creates ? 'POST' : 'PUT',
    path: creates ? '/orders' : `/orders/${objectId}`,
    key: `${system}:order:${order.id}:${seq}`,
    text: JSON.stringify(said),
    said,
    applied,
    answered,
    ...(waits !== undefined && { retryAfterMs: waits }),
    ...(applied && { after: said, objectId }),
  };
}

function feedOf(): History['feed'] {
  const item = (order: typeof one, seq: number, op: string, said: Words): FeedItem => ({
    id: order.id,
    externalId: null,
    op,
    seq: String(seq),
    said,
    text: JSON.stringify(said),
  });
  const first = [
    item(one, 1, 'create', words(one.number, 1, notes.one[0])),
    item(two, 2, 'create', words(two.number, 1, notes.two[0])),
  ];
  const last = [
    item(one, 4, 'update', words(one.number, 2, notes.one[1], staffNoteOf(one.number, 1))),
    item(two, 5, 'update', words(two.number, 2, notes.two[1])),
  ];
  return [
    { kind: 'page', tick: 12, after: null, next: 'e.2', items: first },
    { kind: 'acknowledged', tick: 13, id: one.id, seq: '1' },
    { kind: 'acknowledged', tick: 14, id: two.id, seq: '2' },
    { kind: 'page', tick: 55, after: 'e.2', next: 'e.5', items: last },
    { kind: 'page', tick: 56, after: 'e.2', next: 'e.5', items: last },
  ];
}

function events(): StreamEvent[] {
  const event = (
    seq: number,
    by: string,
    order: typeof one,
    recordversion: number,
    data: StreamEvent['data'],
  ): StreamEvent => ({
    id: String(seq),
    source: `/systems/${by}`,
    type: `dev.syncline.order.${recordversion === 1 ? 'created' : 'updated'}`,
    subject: order.id,
    recordversion,
    data,
  });
  const notesFrom = (old: string | undefined, now: string) => ({
    notes: { old: old === undefined ? {} : { buyerNote: old }, new: { buyerNote: now } },
  });
  return [
    event(1, 'shop', one, 1, notesFrom(undefined, notes.one[0])),
    event(2, 'shop', two, 1, notesFrom(undefined, notes.two[0])),
    event(3, 'crm', one, 2, { staffNote: { old: {}, new: { sellerNote: staffNoteOf(one.number, 1) } } }),
    event(4, 'shop', one, 3, notesFrom(notes.one[0], notes.one[1])),
    event(5, 'shop', two, 2, notesFrom(notes.two[0], notes.two[1])),
  ];
}

function streamOf(): History['stream'] {
  const all = events();
  return [
    { tick: 15, after: null, next: 's.2', events: all.slice(0, 2), kept: true },
    { tick: 45, after: 's.2', next: 's.4', events: all.slice(2, 4), kept: false },
    { tick: 57, after: 's.2', next: 's.5', events: all.slice(2), kept: true },
  ];
}

function endOf(): History['end'] {
  const newest = words(one.number, 2, notes.one[1], staffNoteOf(one.number, 1));
  const refused = words(two.number, 2, notes.two[1]);
  const counts = (system: string, dead: number): Counts => ({
    system,
    state: 'active',
    lagSeconds: 0,
    replicas: { synced: 2 - dead, behind: 0, parked: 0, unclear: 0, dead, held: 0 },
  });
  const all = [counts('shop', 0), counts('crm', 0), counts('wms', 1), counts('erp', 0)];
  return {
    objects: [
      ...(['crm', 'wms', 'erp'] as const).map((system) => ({
        system,
        objectId: `${system}-${one.id}`,
        said: { ...newest },
      })),
      ...(['crm', 'erp'] as const).map((system) => ({ system, objectId: `${system}-${two.id}`, said: { ...refused } })),
      { system: 'wms', objectId: `wms-${two.id}`, said: words(two.number, 1, notes.two[0]) },
    ],
    records: [
      { id: one.id, version: 3, said: { ...newest }, text: JSON.stringify(newest) },
      { id: two.id, version: 2, said: { ...refused }, text: JSON.stringify(refused) },
    ],
    deadLetters: [{ system: 'wms', recordId: two.id, kind: 'rejected' }],
    counts: all,
    countsBefore: structuredClone(all),
    lag: all.map(({ system }) => ({ system, waiting: 0, lagSeconds: 0 })),
    stream: events(),
  };
}
