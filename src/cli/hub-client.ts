// A running hub as the command line reaches it: over HTTP, with the key of SYNCLINE_KEY.
import { splitAddress } from '../gateway/listen.ts';
import { Failure, type ToldFault, WrongUsage } from './failure.ts';
import type { HttpAnswer, Io } from './io.ts';

export interface HubClient {
  url: string;
  /** True when no key was sent along. */
  anonymous: boolean;
  /** @returns the answer's JSON; @throws Failure with what the hub said */
  ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T>;
}

/** How long a hub may take to say that it is there. */
const patienceMs = 2_000;

/** @throws Failure when no hub answers there */
export async function hubAt(address: string, io: Io): Promise<HubClient> {
  const url = address.replace(/\/+$/, '');
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new WrongUsage(`--url ${address} is no address; write http://127.0.0.1:8080`);
  const why = await silence(url, io);
  if (why !== undefined)
    throw new Failure(`no hub answers at ${url}: ${why}. Is it running there? "syncline serve" starts it`);
  return client(url, io);
}

/** @param listen of the configuration; undefined when nobody listens there */
export async function localHub(listen: string, io: Io): Promise<HubClient | undefined> {
  const url = localUrl(listen);
  if (url === undefined || (await silence(url, io)) !== undefined) return undefined;
  return client(url, io);
}

const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** @returns undefined when the port is picked at the start */
export function localUrl(listen: string): string | undefined {
  const { host, port } = splitAddress(listen);
  if (port === 0) return undefined;
  const reached = everywhere[host] ?? host;
  return `http://${reached.includes(':') ? `[${reached}]` : reached}:${port}`;
}

/** @returns why nobody there is a hub */
async function silence(url: string, io: Io): Promise<string | undefined> {
  const late = new AbortController();
  const cancel = io.clock.after(patienceMs, () => late.abort());
  try {
    const { status, body } = await io.request({
      method: 'GET',
      url: `${url}/healthz`,
      headers: {},
      signal: late.signal,
    });
    return status === 200 && (json(body) as { status?: unknown } | undefined)?.status === 'ok'
      ? undefined
      : 'what answers is no hub';
  } catch (error) {
    if (late.signal.aborted) return `nothing was heard within ${patienceMs / 1000} s`;
    return whyNot(error);
  } finally {
    cancel();
  }
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nobody listens',
  ENOTFOUND: 'the host name is not known',
  ECONNRESET: 'the connection was cut',
};

function whyNot(error: unknown): string {
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  return reasons[code] ?? (message === '' ? code : message);
}

function client(url: string, io: Io): HubClient {
  const key = io.env.SYNCLINE_KEY;
  const anonymous = key === undefined || key === '';
  return {
    url,
    anonymous,
    ask: async <T>(method: string, path: string, body?: unknown): Promise<T> => {
      const headers = {
        accept: 'application/json',
        ...(!anonymous && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      };
      const request = { method, url: url + path, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
      const answer = await io.request(request).catch((error: unknown) => {
        throw new Failure(`the hub at ${url} broke off before it answered: ${whyNot(error)}`);
      });
      if (answer.status < 200 || answer.status > 299) throw refusal(answer, url, anonymous);
      return json(answer.body) as T;
    },
  };
}

interface ProblemBody {
  title?: string;
  detail?: string;
  faults?: ToldFault[];
}

function refusal({ status, body }: HttpAnswer, url: string, anonymous: boolean): Failure {
  const { title = `it answered ${status}`, detail, faults } = (json(body) ?? {}) as ProblemBody;
  if (status === 401)
    return new Failure(
      anonymous
        ? `the hub at ${url} asks for a key; set SYNCLINE_KEY to one`
        : `the hub at ${url} does not know the key in SYNCLINE_KEY; it may be revoked`,
    );
  const hint = status === 403 ? '; the key in SYNCLINE_KEY may not do this' : '';
  return new Failure(`${faults ? title : (detail ?? title)}${hint}`, faults);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
