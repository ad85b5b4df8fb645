// What is written arrives once, however often it is sent and whichever answer is lost.
import { expect } from 'vitest';
import { ConnectorError, type Pushed, type Send } from '../../../src/connector/contract.ts';
import type { RecordType } from '../../../src/model/records.ts';
import { testNow } from '../../connectors/connect.ts';
import { type Asked, type Case, creates, overSocket, reasonOfAll, updates, writes } from './case.ts';
import {
  aCreate,
  again,
  anUpdate,
  failureOf,
  heldAs,
  loseAnswers,
  push,
  type Scene,
  samplesOf,
  sendOf,
  stateOf,
  written,
} from './scene.ts';
import type { WriteSamples } from './subject.ts';

/** More requests than one push should ever need. */
const mostSteps = 12;

async function createsOnce(scene: Scene): Promise<void> {
  for (const record of written(scene)) {
    const made = aCreate(scene, record, 1);
    if (!made) continue;
    const before = scene.vendor.held(record).length;
    const { externalId } = await push(scene, made.send);
    expect(externalId).toEqual(expect.any(String));
    expect((await push(scene, again(made.send))).externalId).toBe(externalId);
    expect(heldAs(scene, record, externalId ?? '')?.object).toMatchObject(made.sample.holds);
    expect(scene.vendor.held(record)).toHaveLength(before + 1);
  }
}

async function createsOnceWithoutAnswer(scene: Scene): Promise<void> {
  for (const record of written(scene)) await forEachLoss(scene, (n) => creating(scene, record, [n]), pushEach);
}

interface Attempted {
  send: Send;
  check(id: string | undefined): void;
}

type PushAll = (scene: Scene, sends: Send[]) => Promise<(Pushed | ConnectorError)[]>;

const pushEach: PushAll = (scene, sends) => Promise.all(sends.map((send) => outcomeOf(push(scene, send))));

/** A request that fails whole has failed for each of them. */
const pushTogether: PushAll = async ({ connection: { connector, context } }, sends) => {
  const told = await outcomeOf(connector.pushMany?.(sends, context()) ?? Promise.resolve([]));
  if (told instanceof ConnectorError) return sends.map(() => told);
  expect(told).toHaveLength(sends.length);
  return Promise.all(
    told.map((result) => outcomeOf('error' in result ? Promise.reject(result.error) : Promise.resolve(result.pushed))),
  );
};

const outcomeOf = <T>(doing: Promise<T>): Promise<T | ConnectorError> =>
  doing.catch(async (thrown) => failureOf(Promise.reject(thrown)));

/** The objects of these numbers. @returns nothing where objects of this type are not made */
function creating(scene: Scene, record: RecordType, numbers: readonly number[]): Attempted[] {
  const made = numbers.flatMap((n) => aCreate(scene, record, n) ?? []);
  const before = scene.vendor.held(record).length;
  return made.map(({ send, sample }, place) => ({
    send,
    check: (id) => {
      const held = scene.vendor.held(record);
      expect(held).toHaveLength(before + made.length);
      const one = id === undefined ? held[before + place] : heldAs(scene, record, id);
      expect(one?.object).toMatchObject(sample.holds);
    },
  }));
}

/** So many objects that are there. */
function updating(scene: Scene, record: RecordType, many: number): Attempted[] {
  const updates = Array.from({ length: many }, () => anUpdate(scene, record));
  const count = scene.vendor.held(record).length;
  return updates.map(({ send, id, sample }) => ({
    send,
    check: () => {
      expect(heldAs(scene, record, id)?.object).toMatchObject(sample.holds);
      expect(scene.vendor.held(record)).toHaveLength(count);
    },
  }));
}

/** The answer to its first step is lost, in another run that to its second, …, and in one that to all of them. */
async function forEachLoss(scene: Scene, attempt: (n: number) => Attempted[], pushAll: PushAll): Promise<void> {
  for (let step = -1; step < mostSteps; step += 1) {
    const made = attempt(100 + step);
    if (made.length === 0) return;
    const loss = loseAnswers(scene, written(scene), step < 0 ? undefined : step);
    const sends = made.map(({ send }) => send);
    const first = await pushAll(scene, sends);
    loss.end();
    if (loss.count() === 0) return expect(step, 'it changed nothing at all').toBeGreaterThan(0);
    const open = sends.filter((_, at) => mayBeSentAgain(scene, first[at]));
    const second = open.length === 0 ? [] : await pushAll(scene, open.map(again));
    for (const [at, { send, check }] of made.entries()) {
      const outcome = open.includes(send) ? second[open.indexOf(send)] : first[at];
      // Nobody knows, and nobody sends it again: whatever was done was done once.
      if (!open.includes(send) && outcome instanceof ConnectorError) {
        check(send.externalId);
        continue;
      }
      if (outcome instanceof ConnectorError) throw outcome;
      const { externalId = send.externalId } = outcome ?? {};
      expect(externalId).toBeDefined();
      check(externalId);
    }
  }
  throw new Error(`a push takes more than ${mostSteps} steps`);
}

function mayBeSentAgain(scene: Scene, outcome: Pushed | ConnectorError | undefined): boolean {
  if (!(outcome instanceof ConnectorError)) return false;
  expect(['unavailable', 'timeout', 'unclear']).toContain(outcome.kind);
  expect(outcome.sent).toBe(true);
  // Not to be sent again blindly.
  if (scene.connection.abilities.repeatSafe === 'no') expect(outcome.kind).toBe('unclear');
  return outcome.kind !== 'unclear';
}

const changed = (scene: Scene): RecordType[] =>
  written(scene).filter((record) => typeof samplesOf(scene, record).update !== 'string');

async function updatesRepeatably(scene: Scene): Promise<void> {
  for (const record of changed(scene)) {
    const { id, sample, send } = anUpdate(scene, record);
    const count = scene.vendor.held(record).length;
    await push(scene, send);
    const once = heldAs(scene, record, id)?.object;
    expect(once).toMatchObject(sample.holds);
    await push(scene, again(send));
    expect(heldAs(scene, record, id)?.object).toEqual(once);
    expect(scene.vendor.held(record)).toHaveLength(count);
  }
}

async function updatesWithoutAnswer(scene: Scene): Promise<void> {
  for (const record of changed(scene)) await forEachLoss(scene, () => updating(scene, record, 1), pushEach);
}

async function tellsWhatIsMissing(scene: Scene): Promise<void> {
  for (const record of changed(scene)) {
    if (samplesOf(scene, record).missing !== undefined) continue;
    const { id, send } = anUpdate(scene, record);
    const before = stateOf(scene, [record]);
    const missing = { ...send, externalId: '999999' };
    expect(heldAs(scene, record, missing.externalId)).toBeUndefined();
    expect(await failureOf(push(scene, missing))).toMatchObject({ kind: 'not_found' });
    expect(stateOf(scene, [record])).toBe(before);
    expect(id).not.toBe(missing.externalId);
  }
}

async function deletesRepeatably(scene: Scene): Promise<void> {
  for (const record of scene.connection.abilities.deletes as RecordType[]) {
    const externalId = scene.vendor.add(record, testNow);
    const send = { ...sendOf(record, 'delete', { body: '', match: [] }), externalId };
    await push(scene, send);
    expect(heldAs(scene, record, externalId)).toBeUndefined();
    await push(scene, again(send));
    expect(heldAs(scene, record, externalId)).toBeUndefined();
  }
}

async function isRefusedInItsWords(scene: Scene): Promise<void> {
  for (const record of written(scene)) {
    const { refused } = samplesOf(scene, record);
    if (typeof refused === 'string') continue;
    const id = scene.vendor.add(record, testNow);
    const { op, body, words } = typeof refused === 'function' ? refused(id, scene.vendor) : refused;
    const before = stateOf(scene, written(scene));
    const send = { ...sendOf(record, op, { body }), ...(op === 'update' && { externalId: id }) };
    const error = await failureOf(push(scene, send));
    expect(error).toMatchObject({ kind: 'rejected', message: expect.stringContaining(words) });
    expect(stateOf(scene, written(scene))).toBe(before);
  }
}

async function tellsSparseValuesApart(scene: Scene): Promise<void> {
  for (const record of changed(scene)) {
    for (const way of ['null', 'empty', 'absent'] as const) {
      const { id, send, sample: full } = anUpdate(scene, record);
      await push(scene, send);
      const { sparse } = samplesOf(scene, record);
      const sample = (typeof sparse === 'function' ? sparse(id, scene.vendor) : sparse)[way];
      if (typeof sample === 'string') continue;
      await push(scene, { ...send, key: `${send.key}1`, body: sample.body });
      expect(heldAs(scene, record, id)?.object, `${way}, after ${JSON.stringify(full.holds)}`).toMatchObject(
        sample.holds,
      );
    }
  }
}

async function failsAlone(scene: Scene): Promise<void> {
  const { connector, context } = scene.connection;
  for (const record of changed(scene)) {
    const [first, last] = [anUpdate(scene, record), anUpdate(scene, record)];
    const sends = [first.send, { ...first.send, externalId: '999999', key: 'other' }, last.send];
    const results = await connector.pushMany?.(sends, context());
    expect(results?.map((result) => ('error' in result ? 'error' : 'pushed'))).toEqual(['pushed', 'error', 'pushed']);
    for (const { id, sample } of [first, last]) expect(heldAs(scene, record, id)?.object).toMatchObject(sample.holds);
  }
}

/** Three are a batch; their numbers are no others'. */
async function batchesOnceWithoutAnswer(scene: Scene): Promise<void> {
  const { connector, context } = scene.connection;
  const operations = connector.batches?.(context().settings).operations ?? [];
  for (const record of operations.includes('create') ? written(scene) : [])
    await forEachLoss(scene, (n) => creating(scene, record, [10 * n, 10 * n + 1, 10 * n + 2]), pushTogether);
  for (const record of operations.includes('update') ? changed(scene) : [])
    await forEachLoss(scene, () => updating(scene, record, 3), pushTogether);
}

const samplesIn = ({ subject }: Asked): WriteSamples[] => Object.values(subject.writes);

const sparseWays = ({ sparse }: WriteSamples): unknown[] =>
  typeof sparse === 'function' ? [sparse] : [sparse.null, sparse.empty, sparse.absent];

export const writing: Case[] = [
  {
    id: 'create_repeats',
    title: 'a create that is sent again makes one object',
    notFor: (asked) =>
      creates(asked) ??
      (asked.abilities.repeatSafe === 'no'
        ? 'a create is not sent again: it is looked for, or left to a person'
        : undefined),
    prove: createsOnce,
  },
  {
    id: 'create_unanswered',
    title: 'a create whose answer is lost makes one object',
    notFor: (asked) => creates(asked) ?? overSocket(asked),
    prove: createsOnceWithoutAnswer,
  },
  {
    id: 'update_repeats',
    title: 'an update that is sent again changes nothing more',
    notFor: updates,
    prove: updatesRepeatably,
  },
  {
    id: 'update_unanswered',
    title: 'an update whose answer is lost is done once',
    notFor: (asked) => updates(asked) ?? overSocket(asked),
    prove: updatesWithoutAnswer,
  },
  {
    id: 'update_missing',
    title: 'an update of what is not there is not_found',
    notFor: (asked) => updates(asked) ?? reasonOfAll(samplesIn(asked).map(({ missing }) => missing)),
    prove: tellsWhatIsMissing,
  },
  {
    id: 'delete_repeats',
    title: 'a delete that is sent again is done',
    notFor: (asked) =>
      writes(asked) ?? ((asked.abilities.deletes as string[]).length === 0 ? 'it deletes nothing' : undefined),
    prove: deletesRepeatably,
  },
  {
    id: 'refused',
    title: "what the system refuses is rejected in the system's own words",
    notFor: (asked) => writes(asked) ?? reasonOfAll(samplesIn(asked).map(({ refused }) => refused)),
    prove: isRefusedInItsWords,
  },
  {
    id: 'sparse',
    title: 'null, empty and absent arrive as three things',
    notFor: (asked) => updates(asked) ?? reasonOfAll(samplesIn(asked).flatMap(sparseWays)),
    prove: tellsSparseValuesApart,
  },
  {
    id: 'partial_batch',
    title: 'of a batch only what fails fails',
    notFor: (asked) => updates(asked) ?? (asked.subject.connector.pushMany ? undefined : 'it sends one by one'),
    prove: failsAlone,
  },
  {
    id: 'batch_unanswered',
    title: 'a batch whose answer is lost is done once, each of its parts',
    notFor: (asked) => writes(asked) ?? (asked.subject.connector.pushMany ? overSocket(asked) : 'it sends one by one'),
    prove: batchesOnceWithoutAnswer,
  },
];
