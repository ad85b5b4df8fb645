// What a failure of the library means: in the broker's own type where it gave one.
import kafkajs from 'kafkajs';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/contract.ts';

export interface Meaning {
  kind: ConnectorErrorKind;
  words: string;
  /** The broker's name for it (protocol.html, error codes). */
  type?: string;
  /** Whether the event could have been kept. */
  sent: boolean;
}

/** Of those the broker says itself; any other that it says is `unavailable` if it calls it retriable, else `rejected`. */
const kinds: Readonly<Record<string, ConnectorErrorKind>> = {
  TOPIC_AUTHORIZATION_FAILED: 'forbidden',
  CLUSTER_AUTHORIZATION_FAILED: 'forbidden',
  SASL_AUTHENTICATION_FAILED: 'unauthorized',
  UNSUPPORTED_SASL_MECHANISM: 'unauthorized',
  ILLEGAL_SASL_STATE: 'unauthorized',
  SECURITY_DISABLED: 'unauthorized',
  REQUEST_TIMED_OUT: 'timeout',
  // Retriable, since it could be made; until then everything waits for a person.
  UNKNOWN_TOPIC_OR_PARTITION: 'rejected',
  UNKNOWN: 'unavailable',
  KAFKAJS_UNKNOWN_ERROR_CODE: 'unavailable',
};

/** The library wraps a connection that was lost at the greeting as if we had been refused. */
const lostAtGreeting = /: (Closed connection|Connection (error|timeout|closed)|Not connected|Request .* timed out)/;

export function meaningOf(error: unknown): Meaning {
  const causes = causesOf(error);
  const said = causes.map((one) => answerOf(one)).find((one) => one !== undefined);
  const last = causes.at(-1);
  return said ?? { kind: 'unavailable', words: last?.message ?? String(error), sent: true };
}

/** The error itself, and what caused it. */
function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

function answerOf(error: Error): Meaning | undefined {
  const words = error.message;
  if (error instanceof ConnectorError) return { kind: error.kind, words, sent: error.sent };
  if (error instanceof kafkajs.KafkaJSSASLAuthenticationError) {
    if (lostAtGreeting.test(words)) return { kind: 'unavailable', words, sent: false };
    return { kind: 'unauthorized', words, sent: false };
  }
  if (error instanceof kafkajs.KafkaJSRequestTimeoutError) return { kind: 'timeout', words, sent: true };
  if (error instanceof kafkajs.KafkaJSConnectionError) return { kind: 'unavailable', words, sent: true };
  if (!(error instanceof kafkajs.KafkaJSProtocolError)) return undefined;
  const { type, retriable } = error;
  return {
    kind: kinds[type] ?? (retriable ? 'unavailable' : 'rejected'),
    words: `${words} (${type})`,
    type,
    sent: true,
  };
}
