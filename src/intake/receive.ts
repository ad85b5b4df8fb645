// A system's webhook as changes: what the connector verified, in the shape of the changes route.
import type { Connection } from '../connector/connection.ts';
import { ConnectorError, type WebhookRequest } from '../connector/contract.ts';
import { changesText } from '../connector/envelope.ts';

export type ReceivedWebhook =
  | { kind: 'changes'; body: string; format: 'json' | 'ndjson'; dedupeId?: string }
  /** Verified, and nothing in it for us. */
  | { kind: 'nothing' }
  | { kind: 'bad_signature'; message: string }
  /** Verified and not understood. */
  | { kind: 'unreadable'; message: string };

export type Receive = (request: WebhookRequest) => Promise<ReceivedWebhook | null>;

/** @returns undefined where the connector takes no webhooks; the function answers null where none are configured */
export function receiverOf(connection: Connection): Receive | undefined {
  const { connector } = connection;
  if (!connector.receive) return undefined;
  const context = connection.context();
  return async (request) => {
    try {
      const received = await connector.receive?.(request, context);
      if (!received) return null;
      const dedupe = received.dedupeId === undefined ? {} : { dedupeId: received.dedupeId };
      if ('raw' in received) return { kind: 'changes', body: received.raw, format: formatOf(received.raw), ...dedupe };
      if (received.changes.length === 0) return { kind: 'nothing' };
      return { kind: 'changes', body: changesText(received.changes), format: 'ndjson', ...dedupe };
    } catch (error) {
      return refusalOf(error);
    }
  };
}

function refusalOf(error: unknown): ReceivedWebhook | null {
  if (!(error instanceof ConnectorError)) throw error;
  if (error.kind === 'not_found') return null;
  if (error.kind === 'unauthorized') return { kind: 'bad_signature', message: error.message };
  if (error.kind === 'invalid') return { kind: 'unreadable', message: error.message };
  throw error;
}

/** Several lines that each begin an object are NDJSON; one object may be spread over lines, but no line of it does. */
function formatOf(text: string): 'json' | 'ndjson' {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 1 && lines.every((line) => /^\s*\{.*\}\s*$/.test(line)) ? 'ndjson' : 'json';
}
