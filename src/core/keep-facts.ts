// The facts about orders, parcels and customers that returns are decided from: kept in the commit of every change, and made anew
// where a store has records from a time without a returns policy.
import { factOf, factsOf } from '../intake/returns/record-facts.ts';
import { draft } from '../store/draft.ts';
import type { ChangeRow } from '../store/rows.ts';
import type { Decide, Key, ReturnWrite, Store } from '../store/store.ts';
import type { Catalog } from './catalog.ts';

/** The same store; whatever a decision writes of a record, its facts go with it. */
export function keepingFacts(store: Store, catalog: Catalog): Store {
  const transact = <T>(keys: Key[], decide: Decide<T>): Promise<T> =>
    store.transact(keys, (state, context) => {
      const decision = decide(state, context);
      if ('need' in decision) return decision;
      const facts = factsOf(decision.write, catalog);
      if (facts.length === 0) return decision;
      return { ...decision, write: { ...decision.write, returns: [...facts, ...(decision.write.returns ?? [])] } };
    });
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'transact') return transact;
      const member = Reflect.get(target, name) as unknown;
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const mark = 'return-facts';
const complete = 'complete';
const slice = 200;
const mostChanges = 1000;

/** For a hub that keeps no facts: what it writes is missing until they are made anew. */
export async function forgetFacts(store: Store): Promise<void> {
  if (await store.cursor(mark)) await store.saveCursor(mark, '');
}

export const factsAreComplete = async (store: Store): Promise<boolean> => (await store.cursor(mark)) === complete;

/** In slices, behind whatever is written meanwhile; begins anew where it was cut off. */
export async function rebuildFacts(
  store: Store,
  { catalog, stopped }: { catalog: Catalog; stopped: () => boolean },
): Promise<void> {
  for (const type of ['customer', 'shipment', 'order'] as const) {
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<Store['recordsOf']>> = await store.recordsOf(type, slice, after);
      await Promise.all(page.items.map(({ id }) => remake(store, id, catalog)));
      after = page.next;
      if (stopped()) return;
    } while (after !== null);
  }
  await store.saveCursor(mark, complete);
}

async function remake(store: Store, id: string, catalog: Catalog): Promise<void> {
  const moves = id.startsWith('ord_') ? await changesOf(store, id) : [];
  await store.transact([id], (state) => {
    const row = state.record(id)?.row;
    if (!row) return { write: {}, answer: undefined };
    const out = { ...draft(), records: [row], changes: moves };
    const returns: ReturnWrite[] = row.mergedInto === null ? factsOf(out, catalog) : factOf(row, catalog);
    return { write: { returns }, answer: undefined };
  });
}

/** Those that are still kept. */
async function changesOf(store: Store, id: string): Promise<ChangeRow[]> {
  const found: ChangeRow[] = [];
  let before: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['history']>> = await store.history(id, slice, before);
    found.push(...page.items.flatMap(({ change }) => (change ? [change] : [])));
    before = page.next;
  } while (before !== null && found.length < mostChanges);
  return found;
}
