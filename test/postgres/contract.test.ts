import { storeContract } from '../contract/store.contract.ts';
import { postgresHarness } from './harness.ts';

storeContract('PostgreSQL', postgresHarness);
