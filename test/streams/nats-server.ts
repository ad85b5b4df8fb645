// Starts one real NATS server with JetStream for the run, as Debian packages it. Where it is not installed, scripts/streams.mjs
// has said so and failed.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createUser } from '@nats-io/nkeys';
import type { TestProject } from 'vitest/node';

export interface NatsServer {
  port: number;
  password: string;
  /** Who may publish below `syncline.` and ask JetStream, by each way to prove it. */
  token: string;
  /** Port of the server that takes a token. */
  tokenPort: number;
  seed: string;
  pid: number;
}

declare module 'vitest' {
  export interface ProvidedContext {
    nats: NatsServer;
  }
}

const password = 'pa55word-of-the-hub';
const token = 'a-token-of-the-hub';
const startWithinMs = 30_000;

export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-nats-'));
  const user = createUser();
  const users = [
    `{ user: hub, password: "${password}" }`,
    `{ user: narrow, password: "${password}", permissions: { publish: ["syncline.customer", "$JS.API.>"] } }`,
    `{ nkey: ${user.getPublicKey()} }`,
  ];
  const main = await launch(folder, 'main', `authorization { users: [${users.join(', ')}] }\nmax_payload: 16384`);
  const other = await launch(folder, 'token', `authorization { token: "${token}" }`);
  const seed = new TextDecoder().decode(user.getSeed());
  project.provide('nats', { ...{ port: main.port, pid: main.pid, tokenPort: other.port }, password, token, seed });
  return async () => {
    await Promise.all([main.stop(), other.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
}

async function launch(folder: string, name: string, more: string) {
  const config = join(folder, `${name}.conf`);
  const store = join(folder, name);
  writeFileSync(config, `listen: "127.0.0.1:-1"\njetstream { store_dir: "${store}" }\n${more}\n`);
  const server = spawn('nats-server', ['-c', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  const ended = new Promise<void>((done) => server.once('close', () => done()));
  const said: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`nats-server did not start:\n${said.join('')}`)), startWithinMs);
    server.once('error', reject);
    server.once('close', () => reject(new Error(`nats-server ended:\n${said.join('')}`)));
    server.stderr?.on('data', (chunk: Buffer) => {
      said.push(chunk.toString());
      const [, found] = /client connections on 127\.0\.0\.1:(\d+)/.exec(said.join('')) ?? [];
      if (found === undefined || !said.join('').includes('Server is ready')) return;
      clearTimeout(late);
      resolve(Number(found));
    });
  });
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM');
    await ended;
  };
  return { port, pid: server.pid ?? 0, stop };
}
