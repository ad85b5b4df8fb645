// Starts one real MariaDB for the run, as Debian packages it; each test gets a database of its own in it. Where it is not
// installed, scripts/mysql.mjs has said so and failed.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Its socket, for a user who may do everything. */
    mysql: string;
  }
}

const startWithinMs = 60_000;

export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-mysql-'));
  const [data, socket] = [join(folder, 'data'), join(folder, 'sql.sock')];
  // The server of a root refuses to run as root unless it is told to.
  const user = process.getuid?.() === 0 ? ['--user=root'] : [];
  const make = [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    ...user,
  ];
  execFileSync('mariadb-install-db', make, { stdio: 'pipe' });
  const server = spawn(
    'mariadbd',
    ['--no-defaults', `--datadir=${data}`, `--socket=${socket}`, '--skip-networking', '--pid-file=pid', ...user],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } },
  );
  const ended = endOf(server);
  await isUp(server, socket);
  project.provide('mysql', socket);
  return async () => {
    server.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
}

const endOf = (server: ChildProcess): Promise<void> => new Promise((done) => server.once('close', () => done()));

/** It says so itself. */
async function isUp(server: ChildProcess, socket: string): Promise<void> {
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`MariaDB did not start:\n${said.join('')}`)), startWithinMs);
    server.once('error', reject);
    server.once('close', () => reject(new Error(`MariaDB ended:\n${said.slice(-20).join('')}`)));
    server.stderr?.on('data', (chunk: Buffer) => {
      said.push(chunk.toString());
      if (!/ready for connections/.test(said.join('')) || !existsSync(socket)) return;
      clearTimeout(late);
      resolve();
    });
  });
}
