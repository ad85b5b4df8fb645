// Before the live tests: a PostgreSQL, Tryton and Vendure, each a process of its own; after them nothing of it is left but what was installed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { freePort, startPostgres } from '../postgres/server.ts';
import { createDatabase } from './database.ts';
import { say } from './running.ts';
import { startTryton } from './tryton-server.ts';
import type { TrytonServer } from './tryton-setup.ts';
import { installVendure, type ShopPlace, startShop } from './vendure/server.ts';
import { setUpVendure, type VendureSite } from './vendure/setup.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    tryton: TrytonServer;
    vendure: VendureSite & ShopPlace;
  }
}

type End = () => Promise<void>;

export default async function start(project: TestProject): Promise<End> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-live-'));
  const ends: End[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const endAll = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
    say('everything that was started is ended');
  };
  try {
    say('PostgreSQL: starting');
    const postgres = await startPostgres();
    ends.push(postgres.stop);
    await Promise.all([
      tryton(folder, postgres.url, ends).then((server) => project.provide('tryton', server)),
      vendure(folder, postgres.url, ends).then((site) => project.provide('vendure', site)),
    ]);
  } catch (error) {
    await endAll();
    throw error;
  }
  return endAll;
}

/** One that runs already is taken where the environment names it. */
async function tryton(folder: string, postgres: string, ends: End[]): Promise<TrytonServer> {
  const { TRYTON_URL: url, TRYTON_DATABASE: database = 'hub', TRYTON_ADMIN_PASSWORD: adminPassword = '' } = process.env;
  if (url !== undefined) return { url, database, adminPassword };
  await createDatabase(postgres, 'tryton');
  const { server, running } = await startTryton(folder, postgres, await freePort());
  ends.push(running.stop);
  return server;
}

async function vendure(folder: string, postgres: string, ends: End[]): Promise<VendureSite & ShopPlace> {
  await installVendure();
  const database = await createDatabase(postgres, 'vendure');
  const admin = { username: 'superadmin', password: 'superadmin-of-the-tests' };
  const place: ShopPlace = { folder, port: await freePort(), admin, database };
  const shop = await startShop(place, true);
  ends.push(shop.stop);
  say('Vendure: goods, users and an API key');
  const site = await setUpVendure({ url: `http://127.0.0.1:${place.port}`, admin, database });
  return { ...place, ...site };
}
