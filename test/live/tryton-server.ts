// Installs Tryton from Debian's packages where it is missing, sets a database up, and starts the server as a process of its own.
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, notRun, type Running, runToEnd, startProgram } from './running.ts';
import type { TrytonServer } from './tryton-setup.ts';

const modules = ['party', 'sale', 'stock', 'account', 'account-invoice', 'product'];
const packages = [
  'tryton-server',
  ...modules.map((name) => `tryton-modules-${name}`),
  ...['python3-psycopg2', 'python3-tz'],
];
const database = 'tryton';

/** @param folder of this run @param postgres `postgres://…` of a user who may make databases, and the database `tryton` is there */
export async function startTryton(folder: string, postgres: string, port: number) {
  await install(folder);
  const adminPassword = 'a-password-of-the-tests';
  const configuration = join(folder, 'trytond.conf');
  const { host, username, password } = new URL(postgres);
  writeFileSync(
    configuration,
    `[database]\nuri = postgresql://${username}:${password}@${host}/\n[web]\nlisten = 127.0.0.1:${port}\n`,
  );
  chmodSync(configuration, 0o600);
  const passFile = join(folder, 'passfile');
  writeFileSync(passFile, adminPassword, { mode: 0o600 });
  const common = { cwd: folder, env: { TRYTONPASSFILE: passFile } };
  const admin = (...args: string[]) => ({
    command: 'trytond-admin',
    args: ['-c', configuration, '-d', database, ...args],
    ...common,
  });
  await runToEnd('Tryton: making a database', admin('--all', '--email', 'admin@example.com'));
  const names = modules.map((name) => name.replace('-', '_'));
  await runToEnd(
    'Tryton: adding its modules, a minute or, on a busy machine, five',
    admin('-u', ...names, '--activate-dependencies'),
  );
  const url = `http://127.0.0.1:${port}`;
  const program = { command: 'trytond', args: ['-c', configuration, '-d', database], ...common };
  const running: Running = await startProgram('Tryton', program, () => isUp(url));
  const server: TrytonServer = { url, database, adminPassword };
  return { server, running };
}

async function install(folder: string): Promise<void> {
  if (isInstalled('trytond') && isInstalled('trytond-admin')) return;
  const line = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (!isInstalled('apt-get') || process.getuid?.() !== 0) throw notRun(`trytond is not installed: ${line}`);
  const options = ['install', '--yes', '--no-install-recommends', ...packages];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runToEnd('Tryton: installing Debian packages', { command: 'apt-get', args: options, cwd: folder, env }).catch(
    (error: Error) => {
      throw notRun(`Tryton could not be installed (${error.message})`);
    },
  );
}

async function isUp(url: string): Promise<boolean> {
  const body = JSON.stringify({ id: 0, method: 'common.server.version', params: [] });
  const headers = { 'content-type': 'application/json' };
  return (await fetch(`${url}/`, { method: 'POST', headers, body })).ok;
}
