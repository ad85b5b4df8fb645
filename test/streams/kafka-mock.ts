// Starts librdkafka's mock broker for the run, inside kcat as Debian packages it: no code of ours, and none of kafkajs.
// It keeps records in memory, has one broker, no users, no TLS, and refuses nothing.
import { spawn } from 'node:child_process';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Port of the mock broker. */
    kafka: number;
  }
}

const startWithinMs = 30_000;

export default async function start(project: TestProject): Promise<() => Promise<void>> {
  // A consumer of some topic that nobody writes to: with `test.mock.num.brokers` the broker is in its process.
  const options = ['-X', 'test.mock.num.brokers=1', '-d', 'mock'];
  const mock = spawn('kcat', ['-C', '-b', 'mock', '-t', 'unused', ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((done) => mock.once('close', () => done()));
  let said = '';
  const port = await new Promise<number>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`kcat did not start:\n${said}`)), startWithinMs);
    mock.once('error', reject);
    mock.once('close', () => reject(new Error(`kcat ended:\n${said}`)));
    mock.stderr.on('data', (chunk: Buffer) => {
      if (said.length < 10_000) said += chunk.toString();
      const [, found] = /bootstrap\.servers=127\.0\.0\.1:(\d+)/.exec(said) ?? [];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(Number(found));
    });
  });
  project.provide('kafka', port);
  return async () => {
    mock.kill('SIGKILL');
    await ended;
  };
}
