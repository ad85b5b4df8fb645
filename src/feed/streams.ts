// The places of published streams in the change stream: what comes next, how far it was acknowledged, where a person puts it.
import { type Catalog, covers, type SystemSetup } from '../core/catalog.ts';
import type { Core, LagView, StreamPage } from '../core/core.ts';
import { invalid, notFound, problem } from '../core/problem.ts';
import { type RecordType, recordTypes } from '../model/record-types.ts';
import type { ChangeRow } from '../store/rows.ts';
import type { Store } from '../store/store.ts';

export interface Streams extends Pick<Core, 'unpublished' | 'published' | 'moveStream'> {
  /** Of each stream: how long what is not published has waited. */
  lag(): Promise<LagView[]>;
}

/** The cursor row `publish:<system>`, written by whoever publishes. */
interface Place {
  at: number;
  epoch: string;
  /** The newest move of a person that it has taken up. */
  moves: number;
}

/** The cursor row `publish-from:<system>`, written by people only: nobody's progress writes over it. */
interface Move {
  at: number;
  /** 1 for the first. */
  no: number;
}

const placeName = (system: string): string => `publish:${system}`;
const moveName = (system: string): string => `publish-from:${system}`;

/** Changes looked through for the lag: the same cost however much waits. */
const lagWindow = 500;

export function createStreams(deps: { store: Store; catalog: Catalog; now: () => number }): Streams {
  const { store, catalog } = deps;
  return {
    unpublished: async (system, limit) => {
      const setup = catalog.system(system);
      if (!setup?.publishes) throw notFound(`stream "${system}"`);
      return nextPage(store, setup, { limit, types: setup.publishes });
    },
    published: (system, { upTo, moves }, lease) => {
      const place: Place = { at: upTo, epoch: store.epoch, moves };
      return store.saveCursor(placeName(system), JSON.stringify(place), lease);
    },
    moveStream: (system, from, actor) => move(deps, { system, from, actor }),
    lag: () =>
      Promise.all(
        catalog.systems.flatMap((system) => {
          const setup = catalog.system(system);
          return setup?.publishes ? [lagOf(deps, setup, setup.publishes)] : [];
        }),
      ),
  };
}

async function nextPage(
  store: Store,
  { id, backfill }: Pick<SystemSetup, 'id' | 'backfill'>,
  { limit, types }: { limit: number; types: RecordType[] | 'all' },
): Promise<StreamPage> {
  const place = await placeOf(store, id);
  if (!place.known && !backfill) await beginHere(store, id, place);
  const found = await store.changesAfter(place.at, limit, {});
  // Asked afterwards: what was pruned between the two is seen.
  const prunedUpTo = await store.prunedUpTo();
  if (place.known && place.at < prunedUpTo) return { gap: { after: place.at, prunedUpTo } };
  return {
    epoch: store.epoch,
    changes: found.filter(({ type }) => covers(types, type)),
    upTo: found.at(-1)?.seq ?? place.at,
    more: found.length === limit,
    moves: place.moves,
    restored: place.epoch !== store.epoch,
  };
}

/** Only what changes from now on; written down before it is told anything, or a restart would begin elsewhere. */
async function beginHere(store: Store, system: string, place: Place): Promise<void> {
  place.at = await store.head();
  await store.saveCursor(placeName(system), JSON.stringify({ at: place.at, epoch: place.epoch, moves: 0 }));
}

/** `known`: it was published up to there, or somebody has said so; what was pruned since is missing. */
async function placeOf(store: Store, system: string): Promise<Place & { known: boolean }> {
  const [written, moved] = await Promise.all([
    readRow<Place>(store, placeName(system)),
    readRow<Move>(store, moveName(system)),
  ]);
  if (moved && moved.no > (written?.moves ?? 0))
    return { at: moved.at, epoch: store.epoch, moves: moved.no, known: true };
  if (written) return { ...written, known: true };
  return { at: 0, epoch: store.epoch, moves: 0, known: false };
}

async function readRow<T>(store: Store, name: string): Promise<T | undefined> {
  const text = await store.cursor(name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new Error(`the cursor "${name}" is stored as something that is no JSON`, { cause: error });
  }
}

async function move(
  { store, catalog, now }: { store: Store; catalog: Catalog; now: () => number },
  { system, from, actor }: { system: string; from: string; actor: string },
): Promise<void> {
  if (!catalog.system(system)?.publishes) {
    throw problem('conflict', `${system} is no stream: it has no place to go on from; leave out "from"`);
  }
  const at = await positionOf(store, from);
  const was = await placeOf(store, system);
  await store.saveCursor(moveName(system), JSON.stringify({ at, no: was.moves + 1 } satisfies Move));
  await store.transact([], () => ({
    write: {
      audit: [
        { at: now(), actor, action: 'stream.move', target: system, recordId: null, detail: { from, was: was.at } },
      ],
    },
    answer: undefined,
  }));
}

const form = /^([A-Za-z0-9_-]{1,64})[.:](\d{1,15})$/;

async function positionOf(store: Store, from: string): Promise<number> {
  if (from === 'oldest') return store.prunedUpTo();
  const head = await store.head();
  if (from === 'newest') return head;
  const [, epoch, position] = form.exec(from) ?? [];
  const told = (message: string) => invalid([{ path: '/from', message }]);
  if (epoch === undefined) {
    throw told(`"${from}" is no place; say oldest, newest, the id of a message, or a \`next\` of GET /v1/changes`);
  }
  if (epoch !== store.epoch)
    throw told(`"${from}" is of another history of the store; say oldest, newest or a newer id`);
  if (Number(position) > head) throw told(`"${from}" is not given yet; the newest is ${epoch}:${head}`);
  return Number(position);
}

/** No replicas: of each type only how long its oldest change has waited. */
async function lagOf(
  { store, now }: { store: Store; now: () => number },
  { id: system, backfill }: Pick<SystemSetup, 'id' | 'backfill'>,
  types: RecordType[] | 'all',
): Promise<LagView> {
  const place = await placeOf(store, system);
  const waiting = place.known || backfill ? await store.changesAfter(place.at, lagWindow, {}) : [];
  const at = now();
  const records = recordTypes.filter((type) => covers(types, type)).map((type) => lagOfType(type, waiting, at));
  return { system, records, lagSeconds: Math.max(0, ...records.map(({ lagSeconds }) => lagSeconds)) };
}

const noReplicas = { behind: 0, parked: 0, unclear: 0, dead: 0, held: 0, synced: 0 };

function lagOfType(record: RecordType, waiting: readonly ChangeRow[], now: number): LagView['records'][number] {
  const oldest = waiting.find(({ type }) => type === record);
  const lagSeconds = oldest ? Math.max(0, now - oldest.recordedAt) / 1000 : 0;
  return { record, ...noReplicas, lagSeconds, oldest: oldest?.recordId ?? null };
}
