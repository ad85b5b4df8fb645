// What the tests ask a hub over HTTP. No answer may hold a stack; no refusal may be anything but a published problem.
import { type Dispatcher, request } from 'undici';
import { expect } from 'vitest';
import { problem as problemSchema } from '../../src/gateway/schemas.ts';
import { until } from './until.ts';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

export interface Asking {
  /** An object is sent as JSON; text and bytes as they are. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Null: without a key. */
  key?: string | null;
  signal?: AbortSignal;
}

export interface Result {
  status: string;
  record: string;
  id: string;
  version: number;
  seq: string;
  applied?: string[];
  refused?: { unit: string; reason: string; message: string; path?: string }[];
  faults?: { path: string; message: string }[];
  pending?: { reason: string };
  repeated?: true;
}

export interface ReplicaView {
  system: string;
  externalId: string | null;
  state: string;
  syncedVersion: number;
  wantedVersion: number;
  lagSeconds: number;
  attempts: number;
  nextAttemptAt: string | null;
  lastError: string | null;
  parkedOn?: string;
}

export interface RecordView {
  id: string;
  version: number;
  data: Record<string, unknown>;
  units: Record<string, { source: string; at: string; ambiguous?: true }>;
  replicas: ReplicaView[];
}

export interface SystemView {
  system: string;
  state: string;
  breaker: { state: string; since: string };
  replicas: Record<string, number>;
  lagSeconds: number;
  reason: string | null;
  lastPollAt: string | null;
  check?: { ok: boolean; message?: string };
}

export interface DeadLetterView {
  id: string;
  system: string;
  recordId: string;
  kind: string;
  message: string;
  attempts: number;
  payload: unknown;
  response: { status: number | null; body: string | null } | null;
  closed: { as: string; by: string; reason: string | null } | null;
}

export interface ProblemBody {
  type: string;
  status: number;
  detail: string;
  faults?: { path: string; message: string }[];
}

export interface HubClient {
  url: string;
  ask(method: string, path: string, asking?: Asking): Promise<Answer>;
  /** JSON of a 2xx answer. @throws Error for any other */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: object): Promise<T>;
  /** One change in the words of a system. */
  say(system: string, change: object, headers?: Record<string, string>): Promise<Result>;
  record(type: string, id: string): Promise<RecordView>;
  replica(id: string, system: string): Promise<ReplicaView>;
  /** Waits until the system's copy of the order is in that state. */
  replicaIs(id: string, system: string, state: string): Promise<ReplicaView>;
  system(id: string): Promise<SystemView>;
  deadLetters(query?: string): Promise<DeadLetterView[]>;
}

const stack = /\n\s+at |node_modules|\.[cm]?[jt]s:\d+|\/dist\/|\/src\//;

export function createClient(url: string, usualKey: string): HubClient {
  const ask: HubClient['ask'] = async (method, path, { body, headers = {}, key = usualKey, signal } = {}) => {
    const raw = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
    // Not `fetch`: it takes three times the processor for the same question, and a wait asks many.
    const answer = await request(`${url}${path}`, {
      method: method as Dispatcher.HttpMethod,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: (raw ? body : JSON.stringify(body)) as string | Uint8Array }),
      ...(signal && { signal }),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 400) expect(text).not.toMatch(stack);
    return { status: answer.statusCode, headers: headersOf(answer), text };
  };
  const good = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await ask(method, path, body && { body });
    if (answer.status >= 300) throw new Error(`${answer.status} from ${method} ${path}: ${answer.text}`);
    return JSON.parse(answer.text) as T;
  };
  const record: HubClient['record'] = (type, id) => good('GET', `/v1/records/${type}/${id}`);
  const replica: HubClient['replica'] = async (id, system) => {
    const found = (await record(typeOf(id), id)).replicas.find((one) => one.system === system);
    if (!found) throw new Error(`${id} has no replica of ${system}`);
    return found;
  };
  return {
    url,
    ask,
    get: (path) => good('GET', path),
    post: (path, body) => good('POST', path, body),
    say: async (system, change, headers) => {
      const answer = await ask('POST', `/v1/systems/${system}/changes`, { body: change, ...(headers && { headers }) });
      if (answer.status !== 202) throw new Error(`${answer.status} to a change of ${system}: ${answer.text}`);
      return (JSON.parse(answer.text) as { results: [Result] }).results[0];
    },
    record,
    replica,
    replicaIs: (id, system, state) =>
      until(
        `${system} ${id} is ${state}`,
        () => replica(id, system),
        (one) => one.state === state,
      ),
    system: async (id) => {
      const { systems } = await good<{ systems: SystemView[] }>('GET', '/v1/systems');
      const found = systems.find((one) => one.system === id);
      if (!found) throw new Error(`/v1/systems names no ${id}`);
      return found;
    },
    deadLetters: async (query = '') =>
      (await good<{ items: DeadLetterView[] }>('GET', `/v1/deadletters${query}`)).items,
  };
}

const headersOf = ({ headers }: Dispatcher.ResponseData): Headers =>
  new Headers(Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]));

const typeOf = (id: string): string => (id.startsWith('cus_') ? 'customer' : 'order');

const typeBase = 'https://syncline.dev/problems/';

/** A refusal: the right status, problem+json, a published type. @returns its body */
export function problemIn({ status, headers, text }: Answer, expected: number, type: string): ProblemBody {
  expect([status, text]).toEqual([expected, text]);
  expect(headers.get('content-type')).toBe('application/problem+json');
  const body = problemSchema.parse(JSON.parse(text)) as ProblemBody;
  expect(body).toMatchObject({ status: expected, type: `${typeBase}${type}` });
  return body;
}

/** `/changes/0/record: unknown …`, one text a fault. */
export const faultsOf = ({ faults = [] }: ProblemBody): string[] =>
  faults.map(({ path, message }) => `${path}: ${message}`);
