import { storeContract } from '../contract/store.contract.ts';
import { sqliteHarness } from './sqlite-harness.ts';

storeContract('SQLite', sqliteHarness);
