// The steps of a run: a page of what the system holds, then the copies that it did not show. Each is kept before the next.
import type { Connection } from '../../connector/connection.ts';
import { ConnectorError } from '../../connector/contract.ts';
import type { Compared, Core, Held } from '../../core/core.ts';
import { note, type Run, type RunOfType } from './run.ts';
import type { Seen } from './seen.ts';

export interface StepDeps {
  core: Pick<Core, 'compare' | 'held' | 'absent'>;
  now(): number;
  /** Resolves when the system may be asked something more: not paused, and within its rate. */
  permit(): Promise<void>;
  /** Ends early when the hub stops. */
  pause(ms: number): Promise<void>;
  signal: AbortSignal;
}

export interface Step {
  run: Run;
  type: RunOfType;
  connection: Connection;
  seen: Seen;
  /** What the system changed no longer ago (ms) is still on its way. */
  graceMs: number;
}

/** Objects compared in one call of the store side, so that intake and delivery go on in between. */
const atOnce = 100;
/** A webhook or poll that is under way has arrived by then. */
const secondLookMs = 2_000;
/** Between two repairs: ten a second at most, whatever the system could take. */
const repairPaceMs = 100;
const heldAtOnce = 200;

/** @throws ConnectorError when the system could not be asked */
export async function readPage(step: Step, deps: StepDeps): Promise<void> {
  const { run, type, connection, seen } = step;
  const { connector, system } = connection;
  if (!connector.list) throw new ConnectorError('invalid', `${connector.name} of ${system} cannot be paged through`);
  await deps.permit();
  const askedAt = deps.now();
  const page = await connector.list({ record: type.record, cursor: type.cursor }, connection.context(deps.signal));
  for (const { id } of page.items) if (id !== undefined) seen.add(id);
  const compared = await compareItems(page.items, askedAt, step, deps);
  for (const { externalId } of compared) if (externalId !== null) seen.add(externalId);
  note(run, type, compared);
  if (page.more && page.cursor === type.cursor)
    throw new ConnectorError(
      'invalid',
      `${system} says that there is more of ${type.record} and gives the cursor it was asked with`,
    );
  type.cursor = page.cursor;
  if (!page.more) type.phase = 'looking';
}

type Item = { id?: string; data: string };

async function compareItems(items: readonly Item[], askedAt: number, step: Step, deps: StepDeps): Promise<Compared[]> {
  const all: Compared[] = [];
  for (let from = 0; from < items.length && !deps.signal.aborted; from += atOnce)
    all.push(...(await askCore(items.slice(from, from + atOnce), askedAt, step, deps)));
  const doubtful = all.flatMap((one, at) => (canBeRepaired(one) ? [at] : []));
  if (doubtful.length === 0 || step.run.load) return all;
  await deps.pause(secondLookMs);
  for (const at of doubtful) {
    if (deps.signal.aborted) break;
    const [again] = await askCore([items[at] as Item], askedAt, step, deps, step.run.repair);
    if (again) all[at] = again;
    if (again?.repaired) await deps.pause(repairPaceMs);
  }
  return all;
}

const canBeRepaired = ({ verdict, repaired }: Compared): boolean =>
  repaired === undefined && (verdict === 'unknown' || verdict === 'differs');

function askCore(items: Item[], askedAt: number, { run, type, graceMs }: Step, { core }: StepDeps, repair = run.load) {
  const { system, actor } = run;
  return core.compare({
    system,
    record: type.record,
    items,
    askedAt,
    graceMs: run.load ? 0 : graceMs,
    ...(repair && { repair: actor }),
  });
}

/** Copies that the hub believes to be there and that no page showed. */
export async function lookForAbsent(step: Step, deps: StepDeps): Promise<void> {
  const { run, type, seen } = step;
  if (type.resumed) {
    // What was seen before the stop is forgotten; the next run tells.
    type.absentKnown = false;
    type.phase = 'done';
    return;
  }
  const page = await deps.core.held(run.system, type.record, heldAtOnce, type.after);
  for (const item of page.items.filter(({ externalId }) => !seen.has(externalId))) {
    if (deps.signal.aborted) return;
    note(run, type, await whatBecameOf(item, step, deps));
  }
  type.after = page.next;
  if (page.next === null) type.phase = 'done';
}

/** Asked for by its id, where the system can be: a list may leave out what is there. */
async function whatBecameOf(item: Held, step: Step, deps: StepDeps): Promise<Compared[]> {
  const { run, type, connection } = step;
  const { connector, abilities } = connection;
  const { record } = type;
  const { externalId } = item;
  if (!connector.fetch || !abilities.fetches.includes(record)) return gone(item, run.startedAt, step, deps);
  await deps.permit();
  const askedAt = deps.now();
  const data = await connector.fetch({ record, externalId }, connection.context(deps.signal));
  if (data === undefined) return gone(item, askedAt, step, deps);
  return compareItems([{ id: externalId, data }], askedAt, step, deps);
}

async function gone(item: Held, askedAt: number, { run, type }: Step, { core, pause }: StepDeps): Promise<Compared[]> {
  const { system, repair, actor } = run;
  const asked = { system, record: type.record, items: [item], askedAt };
  const found = await core.absent({ ...asked, ...(repair && { repair: actor }) });
  if (found.some(({ repaired }) => repaired)) await pause(repairPaceMs);
  return found;
}
