// What a connector says when it could not do what it was asked: a closed list of kinds, each with one meaning for the core.

export const connectorErrorKinds = [
  'unavailable',
  'throttled',
  'timeout',
  'unknown',
  'unauthorized',
  'forbidden',
  'rejected',
  'invalid',
  'not_found',
  'conflict',
  'unclear',
] as const;

export type ConnectorErrorKind = (typeof connectorErrorKinds)[number];

export interface ConnectorErrorDetail {
  status?: number;
  /** How long the system asked us to wait; at most a day. */
  retryAfterMs?: number;
  /** First 4 KiB of what the system answered, without the secrets we sent. */
  body?: string;
  /** Could our bytes have reached the system? Doubt counts as yes, and yes is the default. */
  sent?: boolean;
  /** Conflicts only: the rival is our own earlier request under the same idempotency key. */
  ours?: boolean;
  cause?: unknown;
}

/** The message is shown to people and stored: the system's own words where it said any, and never a secret. */
export class ConnectorError extends Error {
  readonly kind: ConnectorErrorKind;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly body: string | undefined;
  readonly sent: boolean;
  readonly ours: boolean;

  constructor(kind: ConnectorErrorKind, message: string, detail: ConnectorErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'ConnectorError';
    this.kind = kind;
    this.status = detail.status;
    this.retryAfterMs = detail.retryAfterMs;
    this.body = detail.body;
    this.sent = detail.sent ?? true;
    this.ours = detail.ours ?? false;
  }

  /** The same failure, where somebody knows better what it means. */
  as(kind: ConnectorErrorKind, better: { message?: string; sent?: boolean } = {}): ConnectorError {
    const { message = this.message, sent = this.sent } = better;
    return new ConnectorError(kind, message, { ...definedMembers(this), sent, ours: this.ours, cause: this });
  }
}

function definedMembers({ status, retryAfterMs, body }: ConnectorError): ConnectorErrorDetail {
  return {
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(body !== undefined && { body }),
  };
}
