import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import type { Harness } from '../contract/store/harness.ts';
import { anyGroupsLeaveAllTheSame } from '../contract/store/random.ts';
import { postgresHarness } from './harness.ts';

/** Each group by another node than the one before, and read by both under locks, as decisions read. */
async function takenInTurns(): Promise<Harness> {
  const harness = await postgresHarness();
  const nodes: [Store, Store] = [harness.store, await harness.another()];
  let isTold = false;
  const ofThisTurn = (): Store => {
    if (!isTold) {
      isTold = true;
      queueMicrotask(() => {
        isTold = false;
        nodes.reverse();
      });
    }
    return nodes[0];
  };
  const both: Partial<Store> = {
    transact: (...asked) => ofThisTurn().transact(...asked),
    read: async (keys, look) => {
      const [one, other] = nodes.map((node) => node.transact(keys, (state) => ({ write: {}, answer: look(state) })));
      expect(await one).toEqual(await other);
      return one as never;
    },
  };
  const store = new Proxy(harness.store, {
    get: (target, name) => {
      const member = both[name as keyof Store] ?? Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { ...harness, store, reopen: async () => harness.store };
}

describe('any sequence of groups', () => {
  it('leaves the tables and the model the same', () => anyGroupsLeaveAllTheSame(postgresHarness, 6), 120_000);

  it('leaves them the same for two nodes that take turns', () => anyGroupsLeaveAllTheSame(takenInTurns, 5), 120_000);
});
