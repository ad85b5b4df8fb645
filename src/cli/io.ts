// What a command is handed of the world outside: streams, environment, time, chance, signals, the hub itself.
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Connector } from '../connector/contract.ts';
import type { Log, LogOptions } from '../log.ts';

export interface Io {
  env: Readonly<Record<string, string | undefined>>;
  /** What relative paths of the command line are relative to. */
  folder: string;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Somebody watches: a line may be written over. */
  terminal: boolean;
  clock: Clock;
  random(bytes: number): Uint8Array;
  connectors: readonly Connector[];
  /** @throws Error with a code such as ECONNREFUSED when nobody answers */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** SIGTERM and SIGINT; the answer stops listening. */
  onSignal(run: (signal: string) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
  openLog(options: LogOptions): { log: Log; flush(): void };
  /** Loaded only when a hub is started: every other command begins without it. */
  loadHub(): Promise<HubModule>;
}

export interface HttpRequest {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  signal?: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  body: string;
}

export interface HubModule {
  startHub(config: Config, options: { log: Log; version: string }): Promise<RunningHub>;
}

export interface RunningHub {
  address: string;
  /** Resolves with the exit code once everything has ended. */
  stopped: Promise<number>;
  /** @returns false where nothing could be hurried by saying it again */
  stop(reason: string): boolean;
}

/** Options that every command takes. */
export interface Common {
  config: string;
  json?: boolean;
}

/** Writes an answer: as one line of JSON, or as lines for people. */
export function answer(io: Io, { json }: Pick<Common, 'json'>, value: unknown, lines: readonly string[]): void {
  io.stdout(json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join(''));
}

/** A word beside the answer, for people only. */
export function remark(io: Io, { json }: Pick<Common, 'json'>, line: string): void {
  if (!json) io.stderr(`${line}\n`);
}
