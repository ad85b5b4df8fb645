// A send as connectors take it: nothing null, and a parent id of its own in the trace.
import type { Send as ConnectorSend } from '../connector/contract.ts';
import type { Send } from '../core/core.ts';

/** @param newSpanId 16 hexadecimal digits, not all zero */
export function connectorSend(send: Send, newSpanId: () => string): ConnectorSend {
  const { op, record, recordId, key, body, match, repeat, externalId, traceparent } = send;
  const made: ConnectorSend = { op, record, recordId, key, body, match, repeat };
  if (externalId !== null) made.externalId = externalId;
  if (traceparent !== null) made.traceparent = withParent(traceparent, newSpanId());
  return made;
}

const parentAt = '00-'.length + 32 + '-'.length;
const parentEnd = parentAt + 16;

/** Each attempt is a step of its own in the same trace (W3C Trace Context). */
const withParent = (traceparent: string, parent: string): string =>
  traceparent.slice(0, parentAt) + parent + traceparent.slice(parentEnd);
