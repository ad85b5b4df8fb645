// What the hub decides for one new order, its deliveries and one edit of it, caught on the way into its store.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createCatalog } from '../../src/core/catalog.ts';
import { loadDocuments } from '../../src/core/documents.ts';
import { createHub } from '../../src/core/hub.ts';
import { defaultPolicy } from '../../src/merge/document.ts';
import type { ReplicaRow } from '../../src/store/rows.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import type { Decide, Key, Store, Writes } from '../../src/store/store.ts';
import { sampleNumber } from '../backlog/sample.ts';
import { digits, orderText } from '../load/order-body.ts';
import { hubSetup } from '../measure/hub-setup.ts';

export interface Sample {
  keys: Key[];
  writes: Writes;
}

export interface Samples {
  create: Sample;
  /** The same order once three systems have it, as one decision: orders are edited after they were delivered. */
  delivered: Sample;
  update: Sample;
}

/** Two states of the order that differ in one unit, as most changes do. */
const marks = [9, 9009] as const;
const receivers = ['crm', 'wms', 'erp'] as const;
/** As they stand wherever the order is named. */
export const sampleDigits = String(sampleNumber).padStart(digits, '0');

export async function decideSample(folder: string): Promise<Samples> {
  const setup = await hubSetup(folder);
  const { mappings, policies } = await loadDocuments(setup);
  const catalog = createCatalog({ systems: setup.systems, mappings, policies, defaultPolicy });
  const store = await openSqlite({ path: join(folder, 'sample.db'), now: Date.now, random: randomBytes });
  const caught: Sample[] = [];
  const { core } = createHub({
    ...{ catalog, limits: setup.limits, keep: setup.keep, now: Date.now, random: randomBytes },
    store: catching(store, caught),
    createsUnsettled: () => false,
    onEvents: () => undefined,
  });
  const accept = (mark: number): Promise<unknown> => {
    const body = orderText({ record: sampleNumber, mark, timeMs: 1_795_410_000_000 + mark });
    return core.accept({ system: 'shop', body, format: 'json', via: 'api' });
  };
  await accept(marks[0]);
  for (const system of receivers) {
    const [send] = await core.claim(system, 1);
    if (!send) throw new Error(`the hub has nothing for ${system}`);
    const { recordId, seq, token } = send;
    const outcome = { kind: 'delivered' as const, externalId: `${system}-${sampleDigits}`, status: 201 };
    await core.settle([{ system, recordId, seq, token, outcome, startedAt: Date.now(), durationMs: 1 }]);
  }
  await accept(marks[1]);
  await store.close();
  const [create, update] = [caught.shift(), caught.pop()];
  if (!create || !update || caught.length !== receivers.length)
    throw new Error(`the hub made ${caught.length} decisions of ${receivers.length} deliveries`);
  return { create, delivered: together(create, caught), update };
}

function together(create: Sample, settled: readonly Sample[]): Sample {
  const replicas = new Map<string, ReplicaRow>();
  for (const { writes } of [create, ...settled]) for (const row of writes.replicas ?? []) replicas.set(row.system, row);
  const images = [create, ...settled].flatMap(({ writes }) => writes.images ?? []);
  return { keys: create.keys, writes: { ...create.writes, replicas: [...replicas.values()], images } };
}

function catching(store: Store, caught: Sample[]): Store {
  const transact = <T>(keys: Key[], decide: Decide<T>): Promise<T> =>
    store.transact(keys, (state, context) => {
      const decision = decide(state, context);
      if ('write' in decision) caught.push({ keys, writes: structuredClone(decision.write) });
      return decision;
    });
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'transact') return transact;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
