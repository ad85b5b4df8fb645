// The compiled hub as a process that is killed and started again on the same database.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/clock.ts';

const here = dirname(fileURLToPath(import.meta.url));
const program = join(dirname(dirname(here)), 'dist', 'src', 'main.js');
const config = join(here, 'hub', 'syncline.yaml');
const keptLines = 60;
/** A busy machine; a hub that does not listen by then has failed. */
const startWithinMs = 30_000;

interface Waiting {
  url: Promise<string>;
  resolve(url: string): void;
  reject(error: Error): void;
}

export class HubProcess {
  /** What it wrote last. */
  readonly lines: string[] = [];
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #waiting = waiting();
  #killed = false;
  #listening = false;

  constructor(env: Record<string, string>) {
    if (!existsSync(program)) throw new Error(`there is no ${program}; run npm run build first`);
    this.#env = env;
    // Whatever becomes of the test, no hub stays behind.
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  /** Resolves once it listens. @throws Error with its last lines when it ended by itself */
  get url(): Promise<string> {
    return this.#waiting.url;
  }

  start(): void {
    const child = spawn(process.execPath, [program, 'serve', '--config', config], {
      env: { PATH: process.env.PATH, ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#killed = false;
    const late = systemClock.after(startWithinMs, () => this.#fail(`it did not listen within ${startWithinMs} ms`));
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        if (this.#child === child && this.#read(line)) late();
      });
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        late();
        if (!this.#killed) this.#fail(`it ended by itself (${code ?? signal})`);
        resolve();
      });
    });
  }

  /** SIGKILL, at once; resolves when the process is gone. */
  kill(): Promise<void> {
    this.#killed = true;
    // Whoever waits for a hub that was still starting goes on waiting for the next one.
    if (this.#listening) this.#renew();
    this.#child?.kill('SIGKILL');
    return this.#exited;
  }

  #renew(): void {
    this.#listening = false;
    this.#waiting = waiting();
  }

  #read(line: string): boolean {
    this.lines.push(line);
    if (this.lines.length > keptLines) this.lines.shift();
    const address = /"address":"(http:[^"]+)".*"msg":"listening"/.exec(line)?.[1];
    if (address === undefined || this.#killed) return false;
    this.#listening = true;
    this.#waiting.resolve(address);
    return true;
  }

  #fail(what: string): void {
    if (this.#listening) this.#renew();
    this.#waiting.reject(new Error(`the hub failed: ${what}\n${this.lines.join('\n')}`));
  }
}

function waiting(): Waiting {
  const made: Partial<Waiting> = {};
  const url = new Promise<string>((resolve, reject) => {
    made.resolve = resolve;
    made.reject = reject;
  });
  // Nobody may be waiting at the moment; whoever asks later is told.
  url.catch(() => undefined);
  return { ...made, url } as Waiting;
}
