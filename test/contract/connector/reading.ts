// What is read is everything, whatever happens meanwhile, and comes as the system has it.
import { expect } from 'vitest';
import type { RecordType } from '../../../src/model/records.ts';
import { testNow } from '../../connectors/connect.ts';
import { type Asked, type Case, reaches, reasonOfAll } from './case.ts';
import { poll, pollToTheEnd, type Scene } from './scene.ts';
import type { PollFacts, ReadFacts } from './subject.ts';

const minute = 60_000;
const longAgo = testNow - 24 * 60 * minute;

const polls = (asked: Asked): string | undefined =>
  reaches(asked) ?? (asked.abilities.polls.length === 0 ? 'it polls nothing' : undefined);

/** @param fact its text is the reason */
const pollsWith =
  (fact: keyof PollFacts) =>
  (asked: Asked): string | undefined => {
    const facts = asked.abilities.polls.map(({ record }) => asked.subject.polls[record]?.[fact]);
    return polls(asked) ?? reasonOfAll(facts);
  };

const polled = ({ connection }: Scene): RecordType[] => connection.abilities.polls.map(({ record }) => record);

const factsOf = ({ subject }: Scene, record: RecordType): PollFacts => {
  const facts = subject.polls[record];
  if (!facts) throw new Error(`the suite knows nothing of the poll of ${record}`);
  return facts;
};

const readFacts = ({ subject }: Scene, record: RecordType): ReadFacts => {
  const facts = subject.reads[record];
  if (!facts) throw new Error(`the suite knows nothing of what a ${record} shows`);
  return facts;
};

const many = 7;

const addMany = ({ vendor }: Scene, record: RecordType, from: number): string[] =>
  Array.from({ length: many }, (_, index) => vendor.add(record, from + index * minute));

const heldIds = ({ vendor }: Scene, record: RecordType): Set<string> =>
  new Set(vendor.held(record).map(({ id }) => id));

/** Of its own type; a poll may bring what belongs to its objects too. */
const idsOf = (items: readonly { record?: RecordType; id?: string }[], record: RecordType): string[] =>
  items.filter((item) => (item.record ?? record) === record).map(({ id }) => id ?? 'no id');

async function pollsEverything(scene: Scene): Promise<void> {
  for (const record of polled(scene)) {
    addMany(scene, record, longAgo);
    let pages = 1;
    const { items } = await pollToTheEnd(scene, record, undefined, () => {
      pages += 1;
    });
    const found = idsOf(items, record);
    expect(pages, 'the model must page for this to prove anything').toBeGreaterThan(1);
    const ids = heldIds(scene, record);
    expect(new Set(found)).toEqual(ids);
    // The one at a page's edge may come with both pages.
    expect(found.length).toBeLessThanOrEqual(ids.size + pages);
  }
}

async function pollsWhatAppears(scene: Scene): Promise<void> {
  for (const record of polled(scene)) {
    addMany(scene, record, longAgo);
    const { items, cursor } = await pollToTheEnd(scene, record, undefined, (page) => {
      if (page < 3) scene.vendor.add(record, longAgo + (many + page) * minute);
    });
    // What was too late for this round belongs to the next.
    const next = await pollToTheEnd(scene, record, cursor);
    expect(new Set(idsOf([...items, ...next.items], record))).toEqual(heldIds(scene, record));
  }
}

/** What was read moves behind what was not: whoever counts his way through the pages passes one by. */
async function pollsWhatMoves(scene: Scene): Promise<void> {
  for (const record of polled(scene)) {
    if (typeof factsOf(scene, record).cursorAt === 'string') continue;
    const ids = addMany(scene, record, longAgo);
    const { items } = await pollToTheEnd(scene, record, undefined, (page) => {
      for (const id of page === 0 ? ids.slice(0, 2) : []) scene.vendor.touch(record, id, longAgo + 2 * many * minute);
    });
    expect(new Set(idsOf(items, record))).toEqual(heldIds(scene, record));
    expect(idsOf(items, record).slice(3)).toEqual(expect.arrayContaining(ids.slice(0, 2)));
  }
}

async function pollsNothingOfTheFuture(scene: Scene): Promise<void> {
  for (const record of polled(scene)) {
    const { cursorAt } = factsOf(scene, record);
    if (typeof cursorAt === 'string') continue;
    addMany(scene, record, longAgo);
    const future = cursorAt(testNow + 30 * 24 * 60 * minute);
    const { items, more } = await poll(scene, record, future);
    expect({ items, more }).toEqual({ items: [], more: false });
  }
}

async function pollsWhatWasLate(scene: Scene): Promise<void> {
  for (const record of polled(scene)) {
    const { overlapMs } = factsOf(scene, record);
    if (typeof overlapMs === 'string') continue;
    addMany(scene, record, longAgo);
    const { cursor } = await pollToTheEnd(scene, record);
    const newest = longAgo + (many - 1) * minute;
    const late = scene.vendor.add(record, newest - overlapMs / 2);
    expect(idsOf((await pollToTheEnd(scene, record, cursor)).items, record)).toContain(late);
  }
}

async function standsStill(scene: Scene): Promise<void> {
  for (const record of polled(scene)) {
    const ids = addMany(scene, record, longAgo);
    let { cursor } = await pollToTheEnd(scene, record);
    for (let round = 0; round < 3; round += 1) {
      const next = await pollToTheEnd(scene, record, cursor);
      if (typeof factsOf(scene, record).cursorAt !== 'string')
        expect(next.items.length, 'quiet rounds read more and more').toBeLessThan(ids.length);
      ({ cursor } = next);
    }
    const fresh = scene.vendor.add(record, testNow);
    expect(idsOf((await pollToTheEnd(scene, record, cursor)).items, record)).toContain(fresh);
  }
}

const lists = (asked: Asked): string | undefined =>
  reaches(asked) ?? (asked.abilities.lists.length === 0 ? 'it lists nothing' : undefined);

async function listsEverything(scene: Scene): Promise<void> {
  const { connector, context, abilities } = scene.connection;
  for (const record of abilities.lists) {
    addMany(scene, record, longAgo);
    const found: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page <= 3 * many; page += 1) {
      const listed = await connector.list?.({ record, cursor }, context());
      found.push(...idsOf(listed?.items ?? [], record));
      cursor = listed?.cursor;
      if (!listed?.more) break;
      if (page < 2) scene.vendor.add(record, testNow + page * minute);
    }
    expect(found.filter((id, index) => found.indexOf(id) !== index)).toEqual([]);
    expect(new Set(found)).toEqual(heldIds(scene, record));
  }
}

const fetches = (asked: Asked): string | undefined =>
  reaches(asked) ?? (asked.abilities.fetches.length === 0 ? 'it fetches nothing' : undefined);

async function fetchesWhatIsThere(scene: Scene): Promise<void> {
  const { connector, context, abilities } = scene.connection;
  for (const record of abilities.fetches) {
    const externalId = scene.vendor.add(record, testNow);
    const text = await connector.fetch?.({ record, externalId }, context());
    expect(JSON.parse(text ?? 'null')).toMatchObject(readFacts(scene, record).shows(externalId, scene.vendor));
    expect(await connector.fetch?.({ record, externalId: '999999' }, context())).toBeUndefined();
  }
}

async function findsTheOne(scene: Scene): Promise<void> {
  const { connector, context } = scene.connection;
  for (const record of written(scene)) {
    const id = scene.vendor.add(record, testNow);
    scene.vendor.add(record, testNow);
    const { match: matchOf } = readFacts(scene, record);
    if (typeof matchOf === 'string') continue;
    const match = matchOf(id, scene.vendor);
    expect(await connector.find?.({ record, match }, context())).toBe(id);
    const others = match.map(({ field, value }) => ({ field, value: `${value}x` }));
    expect(await connector.find?.({ record, match: others }, context())).toBeUndefined();
  }
}

const written = ({ connection }: Scene): RecordType[] => connection.abilities.writes as RecordType[];

/** The payload of an object as each way to read it brings it. */
async function readings(scene: Scene, record: RecordType, id: string): Promise<string[]> {
  const { connector, context, abilities } = scene.connection;
  const found: (string | undefined)[] = [];
  if (abilities.fetches.includes(record)) found.push(await connector.fetch?.({ record, externalId: id }, context()));
  if (polled(scene).includes(record)) {
    const { items } = await pollToTheEnd(scene, record);
    found.push(items.find((item) => item.id === id && item.record === record)?.data);
  }
  if (abilities.lists.includes(record)) {
    const listed = await connector.list?.({ record, cursor: undefined }, context());
    found.push(listed?.items.find((item) => item.id === id)?.data);
  }
  return found.map((data) => data ?? 'null');
}

const readTypes = ({ abilities }: Scene['connection']): RecordType[] => [
  ...new Set([...abilities.fetches, ...abilities.lists, ...abilities.polls.map(({ record }) => record)]),
];

const reads = (asked: Asked): string | undefined => {
  const { fetches: fetched, lists: listed, polls: asking } = asked.abilities;
  return reaches(asked) ?? (fetched.length + listed.length + asking.length === 0 ? 'it reads nothing' : undefined);
};

async function keepsSparseValues(scene: Scene): Promise<void> {
  for (const record of readTypes(scene.connection)) {
    const id = scene.vendor.add(record, testNow);
    const shown = readFacts(scene, record).shows(id, scene.vendor);
    for (const data of await readings(scene, record, id)) expect(JSON.parse(data)).toMatchObject(shown);
  }
}

async function keepsExtraFields(scene: Scene): Promise<void> {
  for (const record of readTypes(scene.connection)) {
    const { extra } = readFacts(scene, record);
    if (typeof extra === 'string') continue;
    const id = scene.vendor.add(record, testNow);
    for (const data of await readings(scene, record, id)) expect(JSON.parse(data)).toMatchObject(extra);
  }
}

const showsExtra = (asked: Asked): string | undefined => {
  return reads(asked) ?? reasonOfAll(Object.values(asked.subject.reads).map(({ extra }) => extra));
};

export const reading: Case[] = [
  { id: 'poll_pages', title: 'a poll covers every item', notFor: polls, prove: pollsEverything },
  {
    id: 'poll_meanwhile',
    title: 'a poll covers items that appear meanwhile',
    notFor: polls,
    prove: pollsWhatAppears,
  },
  {
    id: 'poll_moved',
    title: 'a poll covers items that change meanwhile, and the change',
    notFor: pollsWith('cursorAt'),
    prove: pollsWhatMoves,
  },
  {
    id: 'poll_future',
    title: 'a cursor in the future yields nothing',
    notFor: pollsWith('cursorAt'),
    prove: pollsNothingOfTheFuture,
  },
  {
    id: 'poll_overlap',
    title: 'a poll looks back for what was committed late',
    notFor: pollsWith('overlapMs'),
    prove: pollsWhatWasLate,
  },
  { id: 'poll_quiet', title: 'a quiet poll stays where it is', notFor: polls, prove: standsStill },
  {
    id: 'list_pages',
    title: 'a list covers every item once, those that appear meanwhile too',
    notFor: lists,
    prove: listsEverything,
  },
  { id: 'fetch', title: 'a fetch reads what is there, and nothing else', notFor: fetches, prove: fetchesWhatIsThere },
  {
    id: 'find',
    title: 'a find answers the one object with these values',
    notFor: (asked) =>
      reaches(asked) ??
      (asked.subject.connector.find ? undefined : 'it finds nothing') ??
      reasonOfAll(Object.values(asked.subject.reads).map(({ match }) => match)),
    prove: findsTheOne,
  },
  { id: 'read_sparse', title: 'null and empty are read as they are', notFor: reads, prove: keepsSparseValues },
  { id: 'read_extra', title: 'unknown extra fields survive', notFor: showsExtra, prove: keepsExtraFields },
];
