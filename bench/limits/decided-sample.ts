// What the hub decides for one new order and for one edit of it, caught on the way into its store.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createCatalog } from '../../src/core/catalog.ts';
import { loadDocuments } from '../../src/core/documents.ts';
import { createHub } from '../../src/core/hub.ts';
import { defaultPolicy } from '../../src/merge/document.ts';
import { openSqlite } from '../../src/store/sqlite/open.ts';
import type { Decide, Key, Store, Writes } from '../../src/store/store.ts';
import { sampleNumber } from '../backlog/sample.ts';
import { orderText } from '../load/order-body.ts';
import { hubSetup } from '../measure/hub-setup.ts';

export interface Sample {
  keys: Key[];
  writes: Writes;
}

/** Two states of the order that differ in one unit, as most changes do. */
const marks = [9, 9009];

export async function decideSample(folder: string): Promise<{ create: Sample; update: Sample }> {
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
  for (const mark of marks) {
    const body = orderText({ record: sampleNumber, mark, timeMs: 1_795_410_000_000 + mark });
    await core.accept({ system: 'shop', body, format: 'json', via: 'api' });
  }
  await store.close();
  const [create, update] = caught;
  if (!create || !update || caught.length > 2)
    throw new Error(`the hub made ${caught.length} decisions of two changes`);
  return { create, update };
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
