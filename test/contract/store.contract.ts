// What every store engine has to do, whatever it is made of: the suite takes a factory and makes a store per test.
import { afterEach, beforeEach, describe } from 'vitest';
import { claimContract } from './store/claim.ts';
import { credentialsContract } from './store/credentials.ts';
import type { Factory, Harness } from './store/harness.ts';
import { housekeepingContract } from './store/housekeeping.ts';
import { policiesContract } from './store/policies.ts';
import { readsContract } from './store/reads.ts';
import { returnsContract } from './store/returns.ts';
import { setBackContract } from './store/set-back.ts';
import { streamsContract } from './store/streams.ts';
import { transactContract } from './store/transact.ts';

export function storeContract(name: string, factory: Factory): void {
  describe(name, () => {
    let harness: Harness;
    beforeEach(async () => {
      harness = await factory();
    });
    afterEach(() => harness.close());
    const given = (): Harness => harness;

    transactContract(given);
    claimContract(given);
    readsContract(given);
    housekeepingContract(given);
    policiesContract(given);
    returnsContract(given);
    streamsContract(given);
    credentialsContract(given);
    setBackContract(given);
  });
}
