// syncline mapping plan: what the mappings of the folder would do to the stored records, before a hub starts with them.
import { existsSync } from 'node:fs';
import { abilities, isMapped } from '../connector/registry.ts';
import { covers } from '../core/catalog.ts';
import { loadDocuments } from '../core/documents.ts';
import { changedMappings, changesAnything, type MappingPlan, planMapping } from '../core/mapping-plan.ts';
import { openReading } from '../core/open-store.ts';
import { noSuchSystem } from '../gateway/system-info.ts';
import { recordTypes } from '../model/records.ts';
import { counted } from './counted.ts';
import { exitCodes, Failure } from './failure.ts';
import { answer, type Common, type Io } from './io.ts';
import { showProgress } from './progress.ts';
import { readConfig } from './reach.ts';

export interface PlanOptions extends Common {
  system?: string;
  record?: string;
}

/** Something would change: no failure, and nothing to pass over in a pipeline. */
const wouldChange = 3;

export async function mappingPlan(options: PlanOptions, io: Io): Promise<number> {
  const config = await readConfig(options, io);
  const { database } = config;
  const systems = config.systems
    .filter(isMapped)
    .map(({ id, connector, overlays }) => ({ id, connector: connector.name, overlays }));
  const documents = await loadDocuments({ mappings: config.mappings, systems, configFile: config.file });
  if (documents.faults.length > 0)
    throw new Failure(`the mappings have ${counted(documents.faults.length, 'fault')}`, documents.faults);
  const known = systems.map(({ id }) => id);
  if (options.system !== undefined && !known.includes(options.system))
    throw new Failure(noSuchSystem(options.system, known));
  if (database.engine === 'sqlite' && !existsSync(database.path))
    throw new Failure(`there is no database ${database.path} yet: nothing is stored that could change`);
  const all = config.systems.filter(isMapped).flatMap(({ id, connector, settings }) => {
    const { writes } = abilities(connector, settings);
    return recordTypes.map((record) => {
      const mapping = documents.mappings.get(id)?.get(record);
      const isWritten = mapping !== undefined && mapping.outward.length > 0 && covers(writes, record);
      return { system: id, record, mapping: isWritten ? mapping : undefined };
    });
  });
  const store = await openReading(database, { now: io.clock.now, random: io.random });
  const plans: MappingPlan[] = [];
  const written = all.filter(({ mapping }) => mapping !== undefined);
  try {
    const differing = await changedMappings(store, all, documents.recompile);
    refuseMistyped([...written, ...differing], options);
    const changed = chosen(differing, options);
    const expected = await countOf(store, changed);
    let looked = 0;
    const progress = changed.length > 0 ? showProgress(io, options, 'looking at the records') : undefined;
    for (const one of changed)
      plans.push(
        await planMapping(store, one, (count) => {
          looked += count;
          progress?.at(Math.min(1, looked / Math.max(1, expected)));
        }),
      );
    progress?.end();
  } finally {
    await store.close();
  }
  const changes = changesAnything(plans);
  answer(io, options, { changes, mappings: plans }, report(plans, chosen(written, options).length));
  return changes ? wouldChange : exitCodes.ok;
}

interface Addressed {
  system: string;
  record: string;
}

interface Chosen {
  system?: string | undefined;
  record?: string | undefined;
}

const chosen = <T extends Addressed>(all: readonly T[], { system, record }: Chosen): T[] =>
  all.filter((one) => (system ?? one.system) === one.system && (record ?? one.record) === one.record);

/** A pipeline must not read "nothing changes" because a word was mistyped. */
function refuseMistyped(all: readonly Addressed[], { system, record }: Chosen): void {
  if (record === undefined || chosen(all, { system, record }).length > 0) return;
  const ofSystem = chosen(all, { system });
  const known = [...new Set(ofSystem.map((one) => one.record))];
  const whose = system === undefined ? 'to any system' : `to ${system}`;
  throw new Failure(
    `no mapping writes "${record}" ${whose}${known.length === 0 ? '' : `; mapped outward: ${known.join(', ')}`}`,
  );
}

/** About how many records there are to look at: every system has a copy of most. */
async function countOf(
  store: Awaited<ReturnType<typeof openReading>>,
  changed: readonly { record: string }[],
): Promise<number> {
  const most = new Map<string, Map<string, number>>();
  for (const { type, system, count } of await store.counts()) {
    const bySystem = most.get(type) ?? new Map<string, number>();
    most.set(type, bySystem.set(system, (bySystem.get(system) ?? 0) + count));
  }
  return changed.reduce((sum, { record }) => sum + Math.max(0, ...(most.get(record)?.values() ?? [])), 0);
}

function report(plans: readonly MappingPlan[], mappings: number): string[] {
  if (plans.length === 0) return [`${counted(mappings, 'mapping')}, in force as written: nothing changes`];
  return [
    ...plans.flatMap((plan) => [...reportOne(plan), '']),
    changesAnything(plans) ? 'this is done when a hub starts with these mappings' : 'nothing changes',
  ];
}

const words = {
  new: 'new',
  changed: 'changed',
  unknown: 'changed, from what is not known',
  removed: 'written no more',
  back: 'there again',
} as const;

const deadAtOnce = 'wait to be sent, and would be dead letters: let them be sent before';

function reportOne(plan: MappingPlan): string[] {
  const { system, record, kind, records, changed, compared, starts, stops, refused, fields, refusals, samples } = plan;
  const isRemoved = kind === 'removed';
  const unknown = 'what is in force was not kept; start a hub once with the mappings as they were, then plan again';
  return [
    `${system} ${record}: ${words[kind]}, ${counted(records, 'record')}`,
    ...(kind === 'unknown' ? [`  ${unknown}`] : []),
    ...(changed > 0 ? [`  ${changed} copies are sent again:`] : []),
    ...fields.map(({ theirs, ours, copies }) => `    ${theirs}${ours === '' ? '' : ` (${ours})`} in ${copies}`),
    ...(compared > 0 ? [`  ${compared} copies are compared, and sent where their record changed meanwhile`] : []),
    ...(starts > 0 ? [`  ${starts} are sent for the first time`] : []),
    ...(stops > 0 ? [`  ${stops} are no longer updated${isRemoved ? '' : ' (when)'}`] : []),
    ...(refused > 0
      ? [`  ${refused} ${isRemoved ? deadAtOnce : 'cannot be written any more and would be dead letters:'}`]
      : []),
    ...refusals.map(({ ours, message, copies }) => `    ${ours} ${message} in ${copies}`),
    ...samples.flatMap(({ record: id, externalId, members }) => [
      `  ${id}${externalId === null ? '' : ` (${externalId})`}`,
      ...members.map(({ theirs, before, after }) => `    ${theirs}: ${before} → ${after}`),
    ]),
  ];
}
