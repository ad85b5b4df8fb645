// What the hub of the benches is configured as, for those who open its store side without starting it.
import { connectors } from '../../connectors/index.ts';
import { coreSetup } from '../../src/app-core.ts';
import { loadConfig } from '../../src/config.ts';
import type { CoreSetup } from '../../src/core/open.ts';
import { hubConfig, hubEnvironment } from './contenders.ts';

/** Nothing is sent: the addresses only have to be some. */
const nowhere = ['http://127.0.0.1:9', 'http://127.0.0.1:9', 'http://127.0.0.1:9'];

/** @param folder that holds the database, or will hold it */
export async function hubSetup(folder: string): Promise<CoreSetup> {
  return coreSetup(await loadConfig(hubConfig(), { env: hubEnvironment(folder, nowhere), connectors }));
}
