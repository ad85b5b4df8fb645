// The stream never skips, never reorders, never repeats, and the same cursor gives the same page.
import type { Asked, History, StreamEvent, StreamPage } from '../history.ts';
import type { Checked, Find } from './fault.ts';
import { groups } from './sends.ts';

export function streamOrder({ stream, end }: History, find: Find, checked: Checked): void {
  const read = stream.filter(({ kept }) => kept).flatMap(({ events }) => events.map(({ id }) => id));
  const again = end.stream.map(({ id }) => id);
  checked(read.length);
  const at = again.findIndex((id, index) => read[index] !== id);
  if (at >= 0 || read.length !== again.length) {
    const index = at >= 0 ? at : again.length;
    find(`read on from cursor to cursor, place ${index} was ${read[index]}; read again at once it is ${again[index]}`);
  }
  if (new Set(again).size !== again.length) find('an event stands in the stream twice');
  cursors(stream, find);
}

/** Whoever asks again with a cursor gets the same events, and perhaps more after them. */
function cursors(stream: readonly StreamPage[], find: Find): void {
  for (const [after, pages] of groups(stream, ({ after }) => String(after))) {
    for (const [index, { events }] of pages.entries()) {
      const before = pages[index - 1]?.events ?? [];
      const same = Math.min(before.length, events.length);
      if (JSON.stringify(before.slice(0, same)) !== JSON.stringify(events.slice(0, same)))
        find(`the cursor ${after} gave two different pages`, events[0]?.subject);
    }
  }
}

/** Every record's versions come one after the other, and each starts from what the one before left. */
export function streamVersions({ end }: History, find: Find, checked: Checked): void {
  for (const [id, events] of groups(end.stream, ({ subject }) => subject)) {
    const units: Record<string, string> = {};
    checked(events.length - 1);
    for (const [index, event] of events.entries()) {
      if (event.recordversion !== index + 1)
        find(`${id}: version ${event.recordversion} stands at place ${index + 1} of its history`, id);
      chain(event, units, find);
    }
    const version = end.records.find((record) => record.id === id)?.version;
    if (version !== events.length)
      find(`${id} is at version ${version}, the stream tells ${events.length} changes`, id);
  }
}

function chain({ id, subject, data }: StreamEvent, units: Record<string, string>, find: Find): void {
  for (const [unit, change] of Object.entries(data)) {
    const from = sorted(change.old);
    const known = units[unit];
    if (known !== undefined && known !== from) find(`${id} changes ${unit} from ${from}, which was ${known}`, subject);
    units[unit] = sorted(change.new);
  }
}

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

/** Each acknowledged change stands in the stream once, under its number and version, in the order of the answers. */
export function streamTells({ asked, end }: History, find: Find, checked: Checked): void {
  const places = new Map(end.stream.map((event, index) => [event.id, { event, index }]));
  const told = new Set<string>();
  const taken = asked.filter(({ reply }) => (reply?.result?.applied?.length ?? 0) > 0);
  checked(taken.length);
  for (const { key, number, by, reply } of taken) {
    const { seq = '', version } = reply?.result ?? {};
    const event = places.get(seq)?.event;
    if (!event) find(`${key} was acknowledged as ${seq}, which is not in the stream`, number);
    else if (event.recordversion !== version || event.source !== `/systems/${by}`)
      find(
        `${key} was acknowledged as version ${version} of ${by}; ${seq} is ${event.recordversion} of ${event.source}`,
        number,
      );
    if (told.has(seq)) find(`two changes were acknowledged as ${seq}`, number);
    told.add(seq);
  }
  for (const { id, subject } of end.stream) {
    if (!told.has(id)) find(`the stream tells ${id}, which nobody asked for`, subject);
  }
  inOrder(taken, (seq) => places.get(seq)?.index, find);
}

/** What was asked after another's answer stands after it, and has the higher number. */
function inOrder(taken: readonly Asked[], place: (seq: string) => number | undefined, find: Find): void {
  const moments = taken.flatMap(({ key, number, sentTick, reply }) => {
    const seq = reply?.result?.seq ?? '';
    const at = place(seq);
    return at === undefined || !reply ? [] : [{ key, number, seq: Number(seq), at, sentTick, tick: reply.tick }];
  });
  const answered = moments.toSorted((a, b) => a.tick - b.tick);
  let index = 0;
  let last = { at: -1, seq: -1 };
  for (const one of moments.toSorted((a, b) => a.sentTick - b.sentTick)) {
    for (let before = answered[index]; before && before.tick < one.sentTick; before = answered[++index])
      last = { at: Math.max(last.at, before.at), seq: Math.max(last.seq, before.seq) };
    if (one.at < last.at || one.seq < last.seq)
      find(`${one.key} was asked after ${last.seq} was acknowledged and got ${one.seq}, place ${one.at}`, one.number);
  }
}
