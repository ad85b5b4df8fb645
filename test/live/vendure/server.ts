// Installs Vendure outside of the project, once, and starts a shop of it as a process of its own.
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { notRun, type Running, runToEnd, say, startProgram } from '../running.ts';

/** The version that was recorded. */
const version = '3.7.3';
/** Kept from run to run; the data of a run are not in it. */
export const installed = join(tmpdir(), `syncline-live-vendure-${version}`);

export interface ShopPlace {
  /** Of this run. */
  folder: string;
  port: number;
  admin: { username: string; password: string };
  /** `postgres://…` */
  database: string;
}

export async function installVendure(): Promise<void> {
  const done = join(installed, 'installed');
  if (existsSync(done)) return say(`Vendure ${version} is in ${installed}`);
  mkdirSync(installed, { recursive: true });
  writeFileSync(join(installed, 'package.json'), '{ "private": true }\n');
  // The driver of PostgreSQL needs no compiler, and bcrypt brings its own builds.
  const args = ['install', `@vendure/core@${version}`, 'pg@8', '--ignore-scripts', '--no-audit', '--no-fund'];
  const what = `installing Vendure ${version} in ${installed}`;
  await runToEnd(what, { command: 'npm', args, cwd: installed }).catch((error: Error) => {
    throw notRun(`Vendure could not be installed from the npm registry (${error.message})`);
  });
  writeFileSync(done, '');
}

/** Where the shop's webhooks go is read from this file, anew for each; without it nothing is told. */
export const targetFile = ({ folder }: Pick<ShopPlace, 'folder'>): string => join(folder, 'target.json');

/** @param isNew its database is empty */
export async function startShop(place: ShopPlace, isNew: boolean): Promise<Running> {
  const { folder, port, admin } = place;
  for (const name of ['shop.cjs', 'webhooks.cjs'])
    copyFileSync(fileURLToPath(new URL(name, import.meta.url)), join(installed, name));
  const { hostname: host, port: at, username: user, password, pathname } = new URL(place.database);
  const database = { host, port: Number(at), user, password, name: pathname.slice(1) };
  const settings = join(folder, 'shop.json');
  writeFileSync(
    settings,
    JSON.stringify({ port, isNew, database, admin, target: targetFile(place), ready: join(folder, 'ready') }),
  );
  const program = { command: process.execPath, args: ['shop.cjs', settings], cwd: installed };
  // It listens before its goods are there; this is written after.
  const ready = join(folder, 'ready');
  rmSync(ready, { force: true });
  return startProgram('Vendure', program, async () => existsSync(ready));
}
