// A system's webhook as changes: what its connector verified, in the shape of the changes route.
import type { Connection } from '../connector/connection.ts';
import { ConnectorError, type Received, type WebhookRequest } from '../connector/contract.ts';
import { changesText } from '../connector/envelope.ts';

export type ReceivedWebhook =
  | { kind: 'changes'; body: string; format: 'json' | 'ndjson'; dedupeId?: string }
  /** Verified, and nothing in it for us. */
  | { kind: 'nothing' }
  | { kind: 'bad_signature'; message: string }
  /** Verified and not understood. */
  | { kind: 'unreadable'; message: string };

/** Answers null where no webhook is configured. Rejects with what is neither the sender's fault nor ours to explain. */
export type Receive = (request: WebhookRequest) => Promise<ReceivedWebhook | null>;

/** @returns undefined where the connector takes no webhooks */
export function receiverOf(connection: Connection): Receive | undefined {
  const { connector } = connection;
  if (!connector.receive) return undefined;
  const context = connection.context();
  return async function receive(request) {
    try {
      const received = await connector.receive?.(request, context);
      return received ? changesIn(received) : null;
    } catch (error) {
      return refusalOf(error);
    }
  };
}

function changesIn(received: Received): ReceivedWebhook {
  const once = received.dedupeId === undefined ? {} : { dedupeId: received.dedupeId };
  if ('raw' in received) return { kind: 'changes', body: received.raw, format: formatOf(received.raw), ...once };
  if (received.changes.length === 0) return { kind: 'nothing' };
  return { kind: 'changes', body: changesText(received.changes), format: 'ndjson', ...once };
}

function refusalOf(error: unknown): ReceivedWebhook | null {
  if (!(error instanceof ConnectorError)) throw error;
  if (error.kind === 'not_found') return null;
  if (error.kind === 'unauthorized') return { kind: 'bad_signature', message: error.message };
  if (error.kind === 'invalid') return { kind: 'unreadable', message: error.message };
  throw error;
}

/**
 * A webhook's content type is the vendor's affair, so the text decides: NDJSON when its first line is a whole object
 * and more follows; an array, or an object over one line or many, is JSON.
 */
function formatOf(text: string): 'json' | 'ndjson' {
  const trimmed = text.trim();
  const lineEnd = trimmed.indexOf('\n');
  if (!trimmed.startsWith('{') || lineEnd < 0) return 'json';
  return isJson(trimmed.slice(0, lineEnd)) ? 'ndjson' : 'json';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
