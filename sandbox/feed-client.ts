// The hub as an old ERP speaks to it: plain HTTP, Basic authentication, one question after the other.
import { basicHeader } from '../src/connector/auth.ts';

export interface FeedHub {
  url: string;
  /** The system's id at the hub, and its key. */
  system: string;
  key: string;
}

export interface FeedItem {
  record: string;
  id: string;
  externalId: string | null;
  op: 'create' | 'update' | 'delete';
  seq: string;
  data: Record<string, unknown>;
}

export type Page = { items: FeedItem[]; next: string } | { restart: string };

export interface Handled {
  record: string;
  id: string;
  seq: string;
  externalId?: string;
  reason?: string;
}

export interface FeedClient {
  /** @throws Error when the hub gives no answer that can be used */
  page(after: string | undefined, limit: number): Promise<Page>;
  ack(items: Handled[]): Promise<void>;
  reject(items: Handled[]): Promise<void>;
  /** @returns status and body of `POST /v1/systems/{system}/changes` */
  post(change: object): Promise<{ status: number; body: unknown }>;
}

const timeoutMs = 10_000;

export function createFeedClient({ url, system, key }: FeedHub): FeedClient {
  const authorization = basicHeader(system, key);
  const ask = async (path: string, body?: object): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  const must = async (path: string, body: object): Promise<void> => {
    const answer = await ask(path, body);
    if (answer.status !== 200) throw new Error(`${answer.status} from POST ${path}`);
  };
  return {
    page: async (after, limit) => {
      const cursor = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
      const { status, body } = await ask(`/v1/feeds/${system}?limit=${limit}${cursor}`);
      if (status === 200) return body as Page;
      // The hub was restored from a backup: its old cursors are void.
      const { restart } = body as { restart?: unknown };
      if (status === 410 && typeof restart === 'string') return { restart };
      throw new Error(`${status} from the feed`);
    },
    ack: (items) => must(`/v1/feeds/${system}/ack`, { items }),
    reject: (items) => must(`/v1/feeds/${system}/reject`, { items }),
    post: (change) => ask(`/v1/systems/${system}/changes`, change),
  };
}
