// The judge finds what it is there to find: each kind of fault is planted in a good history, and has to show.
import { describe, expect, it } from 'vitest';
import { goodHistory, one, two } from './good-history.ts';
import { type Arrival, type Asked, type FeedEvent, type FeedItem, type History, Recorder } from './history.ts';
import { judge, nothingToCheck, promised, report, weigh } from './judge/judge.ts';
import { forbiddenNote, noteOf } from './words.ts';

type Planted = [promise: string, fault: string, plant: (history: History) => void];

const found = <T>(items: readonly T[], fits: (item: T) => boolean): T => {
  const item = items.find(fits);
  if (!item) throw new Error('the good history has nothing like that');
  return item;
};
const askedUnder = ({ asked }: History, key: string): Asked => found(asked, (one) => one.key === key);
const arrivalOf = ({ arrivals }: History, system: string, seq: number): Arrival =>
  found(arrivals, ({ key }) => key?.startsWith(`${system}:`) === true && key.endsWith(`:${seq}`));
const pages = ({ feed }: History): (FeedEvent & { kind: 'page' })[] => feed.filter((event) => event.kind === 'page');
const served = (history: History, seq: number): FeedItem =>
  found(
    pages(history).flatMap(({ items }) => items),
    (item) => item.seq === String(seq),
  );
const objectOf = ({ end }: History, objectId: string) => found(end.objects, (object) => object.objectId === objectId);
const countsOf = ({ end }: History, system: string) => found(end.counts, (counts) => counts.system === system);
const drop = <T>(items: T[], item: T): void => void items.splice(items.indexOf(item), 1);

const planted: Planted[] = [
  [
    'every change is answered',
    'a change is never answered',
    (h) => {
      askedUnder(h, 'shop-3').reply = undefined;
    },
  ],
  [
    'every change is answered',
    'a good change is answered as unchanged',
    (h) => {
      const { reply } = askedUnder(h, 'shop-3');
      if (reply) reply.result = { ...reply.result, status: 'unchanged', applied: [] };
    },
  ],
  [
    'every change is answered',
    "a person's edit is refused",
    (h) => {
      const { reply } = askedUnder(h, 'crm-1');
      if (reply) reply.result = { status: 'refused', refused: [{ unit: 'staffNote', reason: 'stale' }] };
    },
  ],
  [
    'every change is answered',
    'what must be refused is accepted',
    (h) => {
      askedUnder(h, 'shop-5').reply = { tick: 61, httpStatus: 202, result: { status: 'accepted' } };
    },
  ],
  ['a record is what was acknowledged', 'a record is lost', (h) => void h.end.records.shift()],
  [
    'a record is what was acknowledged',
    'the last edit is lost',
    (h) => {
      found(h.end.records, ({ id }) => id === one.id).said.note = noteOf(one.number, 1);
    },
  ],
  [
    'a record is what was acknowledged',
    'an order is two records',
    (h) => void h.end.records.push({ ...found(h.end.records, ({ id }) => id === one.id), id: 'ord_9' }),
  ],
  [
    'a record is what was acknowledged',
    'a record appears from nowhere',
    (h) => void h.end.records.push({ id: 'ord_9', version: 1, said: { number: 'SO-X' }, text: '{}' }),
  ],
  [
    'a copy is what was acknowledged',
    'a system lacks an order',
    (h) => drop(h.end.objects, objectOf(h, `crm-${two.id}`)),
  ],
  [
    'a copy is what was acknowledged',
    'a system has an order twice',
    (h) => void h.end.objects.push({ ...objectOf(h, `wms-${one.id}`), objectId: 'wms-9' }),
  ],
  [
    'a copy is what was acknowledged',
    'a system has an older edit',
    (h) => {
      objectOf(h, `erp-${one.id}`).said.staffNote = undefined as never;
    },
  ],
  [
    'what is refused arrives nowhere',
    'a refused value is sent',
    (h) => {
      arrivalOf(h, 'crm', 4).text = forbiddenNote('shop-5');
    },
  ],
  [
    'what is refused arrives nowhere',
    'a refused value is served',
    (h) => {
      served(h, 4).text = forbiddenNote('shop-5');
    },
  ],
  ['what is refused arrives nowhere', 'a refused value is told', tellForbidden],
  [
    'what is refused arrives nowhere',
    'a refused value is recorded',
    (h) => {
      found(h.end.records, () => true).text = forbiddenNote('shop-5');
    },
  ],
  [
    'what is refused arrives nowhere',
    'a system holds what it refused',
    (h) => {
      objectOf(h, `wms-${two.id}`).said.note = noteOf(two.number, 2, ['!wms']);
    },
  ],
  [
    'a repeat gets the first answer',
    'a repeat makes another version',
    (h) => {
      const [again] = askedUnder(h, 'shop-1').again;
      if (again?.result) again.result.version = 2;
    },
  ],
  [
    'a repeat gets the first answer',
    'a repeat is not marked',
    (h) => void delete found(askedUnder(h, 'shop-1').again, () => true).result?.repeated,
  ],
  [
    'a key stands for the same bytes',
    'a send has no key',
    (h) => {
      arrivalOf(h, 'wms', 4).key = undefined;
    },
  ],
  [
    'a key stands for the same bytes',
    'a repeat has other bytes',
    (h) => {
      found(h.arrivals, ({ key, applied }) => key === 'crm:order:ord_1:1' && !applied).text = '{"other":1}';
    },
  ],
  [
    'a key stands for the same bytes',
    'an update goes under the key of the create',
    (h) => void Object.assign(arrivalOf(h, 'crm', 4), { key: 'crm:order:ord_1:1' }),
  ],
  ['nothing older follows newer', 'an older number follows', (h) => h.arrivals.push(arrivalOf(h, 'wms', 1)) as never],
  [
    'nothing older follows newer',
    'an older state follows under a newer number',
    (h) => {
      const last = arrivalOf(h, 'crm', 4);
      const said = { ...last.said, note: noteOf(one.number, 1) };
      h.arrivals.push({ ...last, key: 'crm:order:ord_1:9', tick: 99, said });
    },
  ],
  [
    'nothing older follows newer',
    'an older staff note follows',
    (h) => {
      const last = arrivalOf(h, 'crm', 4);
      const newer = { ...last.said, staffNote: 'crm v7 of SO-A-1' };
      h.arrivals.push({ ...last, key: 'crm:order:ord_1:8', said: newer }, { ...last, key: 'crm:order:ord_1:9' });
    },
  ],
  [
    'one create until it is answered',
    'a create is open and another one is sent',
    (h) => {
      const [create, again] = h.arrivals.filter(({ key }) => key === 'wms:order:ord_1:1');
      Object.assign(create ?? {}, { applied: false });
      Object.assign(again ?? {}, { key: 'wms:order:ord_1:3' });
    },
  ],
  [
    'one create until it is answered',
    'a create is forgotten after a 503',
    (h) => {
      const [create, again] = h.arrivals.filter(({ key }) => key === 'wms:order:ord_1:1');
      Object.assign(create ?? {}, { applied: false, answered: 503 });
      Object.assign(again ?? {}, { key: 'wms:order:ord_1:3' });
    },
  ],
  [
    'one create until it is answered',
    'a create is done twice',
    (h) => {
      const again = found(h.arrivals, ({ key, applied }) => key === 'wms:order:ord_1:1' && !applied);
      Object.assign(again, { applied: true, objectId: 'wms-9' });
    },
  ],
  [
    'an edit arrives whole',
    'half an edit is sent',
    (h) => {
      const arrival = arrivalOf(h, 'wms', 2);
      arrival.after = { ...arrival.after, amount: 300 };
    },
  ],
  [
    'an edit arrives whole',
    'half an edit is served',
    (h) => {
      served(h, 4).said.quantity = 1;
    },
  ],
  [
    'an edit arrives whole',
    'half an edit is recorded',
    (h) => {
      found(h.end.records, () => true).said.amount = 100;
    },
  ],
  [
    'who is told to wait waits',
    'a send comes before the wait is over',
    (h) => {
      const waiting = found(h.arrivals, ({ answered }) => answered === 429);
      const next = found(h.arrivals, ({ key, answered }) => key === waiting.key && answered === 200);
      next.at = waiting.at + 300;
    },
  ],
  [
    'the feed goes forward',
    'an older state is served after a newer one',
    (h) => void h.feed.push({ kind: 'page', tick: 70, after: 'e.5', next: 'e.6', items: [served(h, 1)] }),
  ],
  [
    'the feed goes forward',
    'older words are served under a newer number',
    (h) => {
      const said = { ...served(h, 4).said, note: noteOf(one.number, 1) };
      h.feed.push({ kind: 'page', tick: 70, after: 'e.5', next: 'e.9', items: [{ ...served(h, 4), seq: '9', said }] });
    },
  ],
  [
    'the feed goes forward',
    'what was acknowledged is served again',
    (h) => void h.feed.splice(-1, 0, { kind: 'acknowledged', tick: 55, id: one.id, seq: '4' }),
  ],
  [
    'the feed goes forward',
    'an acknowledged record comes as a create',
    (h) => {
      served(h, 4).op = 'create';
    },
  ],
  [
    'the feed goes forward',
    'one number is served in two forms',
    (h) => {
      const last = pages(h).at(-1);
      if (last) last.items = last.items.map((item) => ({ ...item, text: '{}' }));
    },
  ],
  [
    'the feed goes forward',
    'a page has a record twice',
    (h) =>
      void pages(h)
        .at(-1)
        ?.items.push({ ...served(h, 4), seq: '9' }),
  ],
  ['the feed goes forward', 'a page is out of order', (h) => void pages(h).at(-1)?.items.reverse()],
  [
    'the feed skips nothing',
    'the newest state is never served',
    (h) => {
      for (const page of pages(h)) page.items = page.items.filter(({ seq }) => seq !== '4');
    },
  ],
  [
    'the feed skips nothing',
    'a record is never served',
    (h) => {
      for (const page of pages(h)) page.items = page.items.filter(({ id }) => id !== two.id);
    },
  ],
  ['the stream keeps its order', 'an event is skipped', (h) => void h.stream.at(-1)?.events.shift()],
  ['the stream keeps its order', 'two events change places', (h) => void h.stream.at(-1)?.events.reverse()],
  ['the stream keeps its order', 'the end is not told', (h) => void h.stream.at(-1)?.events.pop()],
  [
    'the stream keeps its order',
    'an event is told twice',
    (h) => {
      const [event] = h.end.stream;
      if (event) for (const events of [h.end.stream, h.stream[0]?.events]) events?.unshift(event);
    },
  ],
  [
    'the stream keeps its order',
    'a cursor gives another page',
    (h) => {
      const page = found(h.stream, ({ kept }) => !kept);
      page.events = page.events.toReversed();
    },
  ],
  [
    'the stream tells each version',
    'a version is missing',
    (h) => {
      for (const events of [h.end.stream, ...h.stream.map((page) => page.events)])
        for (const event of events.filter(({ id }) => id === '3')) drop(events, event);
    },
  ],
  [
    'the stream tells each version',
    'a change starts from another value',
    (h) => {
      const change = found(h.end.stream, ({ id }) => id === '4').data.notes;
      if (change) change.old = { buyerNote: 'something else' };
    },
  ],
  [
    'the stream tells what was acknowledged',
    'an acknowledged change is not told',
    (h) =>
      drop(
        h.end.stream,
        found(h.end.stream, ({ id }) => id === '5'),
      ),
  ],
  [
    'the stream tells what was acknowledged',
    'an unknown change is told',
    (h) => void h.end.stream.push({ ...found(h.end.stream, ({ id }) => id === '5'), id: '6', recordversion: 3 }),
  ],
  [
    'the stream tells what was acknowledged',
    'two changes get one number',
    (h) => {
      const { reply } = askedUnder(h, 'shop-4');
      if (reply?.result) reply.result.seq = '4';
    },
  ],
  [
    'the stream tells what was acknowledged',
    'a later change gets an earlier place',
    (h) => {
      const [first, second, ...rest] = h.end.stream;
      if (first && second) h.end.stream = [second, first, ...rest];
    },
  ],
  [
    'nothing waits in the end',
    'something waits for ever',
    (h) =>
      void Object.assign(
        found(h.end.lag, ({ system }) => system === 'wms'),
        { waiting: 1, lagSeconds: 9 },
      ),
  ],
  [
    'the counts agree',
    'a replica is counted as behind',
    (h) => {
      countsOf(h, 'crm').replicas.behind = 1;
    },
  ],
  [
    'the counts agree',
    'a system stands still',
    (h) => {
      countsOf(h, 'crm').state = 'unauthorized';
    },
  ],
  [
    'the counts agree',
    'a kill changes the counts',
    (h) => void Object.assign(found(h.end.countsBefore, () => true).replicas, { synced: 1 }),
  ],
  [
    'only refusals are dead letters',
    'a record that nobody refused is dead',
    (h) => void h.end.deadLetters.push({ system: 'crm', recordId: one.id, kind: 'unavailable' }),
  ],
  ['only refusals are dead letters', 'a refusal leaves no dead letter', (h) => void h.end.deadLetters.pop()],
  [
    'only refusals are dead letters',
    'a refusal leaves two dead letters',
    (h) => void h.end.deadLetters.push({ system: 'wms', recordId: two.id, kind: 'rejected' }),
  ],
  [
    'only refusals are dead letters',
    'a refusal is called something else',
    (h) => {
      found(h.end.deadLetters, () => true).kind = 'invalid';
    },
  ],
  ['the hub never fails', 'the hub answers 500', (h) => void h.oddities.push('500 to /v1/lag')],
];

function tellForbidden(history: History): void {
  const event = found(history.stream, () => true).events[0];
  if (event) event.data = { notes: { old: {}, new: { buyerNote: forbiddenNote('shop-5') } } };
}

describe('the judge', () => {
  it('finds nothing wrong with a history in which every promise is kept', () => {
    expect(judge(goodHistory())).toEqual([]);
  });

  it.each(planted)('%s: sees that %s', (promise, _, plant) => {
    const history = goodHistory();
    plant(history);
    expect(judge(history).map((fault) => fault.promise)).toContain(promise);
  });

  it('has been shown a fault against every promise', () => {
    expect(promised.filter((promise) => !planted.some(([of]) => of === promise))).toEqual([]);
  });

  it.each(promised)('%s: does not count as kept where there was nothing to check it by', (promise) => {
    const { history } = new Recorder();
    expect(judge(history)).toContainEqual({ promise, message: nothingToCheck });
  });

  it('says how often it looked for a breach of each promise', () => {
    const { checked } = weigh(goodHistory());
    expect(Object.keys(checked)).toEqual(promised);
    expect(Object.values(checked).every((count) => count > 0)).toBe(true);
    expect(checked['a copy is what was acknowledged']).toBe(6);
    expect(checked['a repeat gets the first answer']).toBe(1);
    expect(checked['who is told to wait waits']).toBe(2);
  });

  it('does not take a lost answer to "wait" for a broken promise when the hub was killed meanwhile', () => {
    const history = goodHistory();
    const waiting = found(history.arrivals, ({ answered }) => answered === 429);
    found(history.arrivals, ({ key, answered }) => key === waiting.key && answered === 200).at = waiting.at + 300;
    history.kills.push({ tick: waiting.tick, at: waiting.at + 5, what: 'request sent' });
    const left = { promise: 'who is told to wait waits', message: nothingToCheck };
    expect(judge(history)).toEqual([left]);
  });

  it('tells what happened to the order of a fault', () => {
    const history = goodHistory();
    objectOf(history, `wms-${one.id}`).said.note = noteOf(one.number, 1);
    const text = report(history, judge(history));
    expect(text).toContain(`a copy is what was acknowledged: ${one.number} in wms: note is`);
    expect(text).toContain('wms gets PUT /orders/wms-ord_1');
    expect(text).toContain('THE HUB ENDS after a while');
    expect(text).not.toContain(two.id);
  });
});
