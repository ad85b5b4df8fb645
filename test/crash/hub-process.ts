// The compiled hub as a process that is killed, frozen and started again on the same database.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/clock.ts';
import type { Addresses, Hub } from './hub.ts';

const here = dirname(fileURLToPath(import.meta.url));
export const program = join(dirname(dirname(here)), 'dist', 'src', 'main.js');
export const config = join(here, 'hub', 'syncline.yaml');
const keptLines = 60;
/** A machine that has ten times as much to do; a hub that does not listen by then has failed. */
const startWithinMs = 300_000;

/** The exit code, or the signal. */
export type Ended = number | string;

interface Waiting {
  url: Promise<string>;
  resolve(url: string): void;
  reject(error: Error): void;
}

export interface HubProcessOptions {
  /** As it stands in `syncline.yaml`: `sqlite:/…/hub.db`. */
  database: string;
  addresses: Addresses;
  /** Of the disk that it uses, or of whatever else a test has put below it. */
  env?: Record<string, string>;
}

/** What the configuration of these tests takes from the environment. */
export const environment = ({ database, addresses, env }: HubProcessOptions): Record<string, string> => ({
  ...(process.env.PATH !== undefined && { PATH: process.env.PATH }),
  CRASH_DATABASE: database,
  CRASH_SHOP: addresses.shop,
  CRASH_CRM: addresses.crm,
  CRASH_WMS: addresses.wms,
  ...env,
});

export class HubProcess implements Hub {
  /** What it wrote last. */
  readonly lines: string[] = [];
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  #exited: Promise<Ended> = Promise.resolve(0);
  #waiting = waiting();
  #mayEnd = false;
  #listening = false;

  constructor(options: HubProcessOptions) {
    if (!existsSync(program)) throw new Error(`there is no ${program}; run npm run build first`);
    this.#env = environment(options);
    // Whatever becomes of the test, no hub stays behind.
    process.once('exit', () => this.#child?.kill('SIGKILL'));
  }

  /** Resolves once it listens. @throws Error with its last lines when it ended by itself */
  get url(): Promise<string> {
    return this.#waiting.url;
  }

  start(): void {
    const child = spawn(process.execPath, [program, 'serve', '--config', config], {
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#mayEnd = false;
    const late = systemClock.after(startWithinMs, () => this.#fail(`it did not listen within ${startWithinMs} ms`));
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        if (this.#child === child && this.#read(line)) late();
      });
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        late();
        const ended = code ?? String(signal);
        if (this.#mayEnd) this.#renew();
        else this.#fail(`it ended by itself (${ended})`);
        resolve(ended);
      });
    });
  }

  /** SIGKILL, at once; resolves when the process is gone. */
  kill(): Promise<Ended> {
    const gone = this.mayEnd();
    // Whoever asks from now on waits for the next one.
    this.#renew();
    this.#child?.kill('SIGKILL');
    return gone;
  }

  /** From now on its end is no failure, however it comes about; resolves with it. */
  mayEnd(): Promise<Ended> {
    this.#mayEnd = true;
    return this.#exited;
  }

  /** SIGTERM: it ends in good order, unless something comes between. */
  stop(): Promise<Ended> {
    const gone = this.mayEnd();
    this.#child?.kill('SIGTERM');
    return gone;
  }

  /** SIGSTOP: it is there, and does nothing. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** A hub that was still starting has no address to forget: whoever waits goes on waiting for the next one. */
  #renew(): void {
    if (!this.#listening) return;
    this.#listening = false;
    this.#waiting = waiting();
  }

  #read(line: string): boolean {
    this.lines.push(line);
    if (this.lines.length > keptLines) this.lines.shift();
    const address = /"address":"(http:[^"]+)".*"msg":"listening"/.exec(line)?.[1];
    if (address === undefined || this.#child?.killed) return false;
    this.#listening = true;
    this.#waiting.resolve(address);
    return true;
  }

  #fail(what: string): void {
    this.#renew();
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
