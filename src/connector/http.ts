// The HTTP client as a connector sees it: one exchange in, one answer out, nothing followed and nothing retried behind its back.

export interface HttpRequest {
  method: string;
  /** Scheme, host and port. */
  origin: string;
  /** Path and query, already encoded. */
  path: string;
  /** Sent byte for byte. */
  body?: string | undefined;
  /** `application/json` where a body is sent and nothing else is said. */
  contentType?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  idempotencyKey?: string | undefined;
  traceparent?: string | undefined;
  /** A dropped connection may be tried again at once (at most twice); GET and HEAD always are. */
  repeatSafe?: boolean | undefined;
  /** Most bytes read of the answer; 64 KiB unless said otherwise. */
  maxBytes?: number | undefined;
  /** Over the whole exchange, from connecting to the last byte; the system's setting unless said otherwise. */
  timeoutMs?: number | undefined;
  /** Where the address comes from. One that stood in a payload is dialled only if it is public or allowed. */
  urlFrom?: 'operator' | 'payload' | undefined;
  signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case; repeated ones joined by a comma. */
  header(name: string): string | undefined;
  /** At most `maxBytes`. */
  bytes: Buffer;
  /** The answer was longer than `maxBytes`. */
  truncated: boolean;
  /** An earlier try of this request was dropped after it had left: it may have been taken, whatever this answer says. */
  repeated: boolean;
  /** `bytes` read as UTF-8; what is no UTF-8 becomes U+FFFD. */
  text(): string;
  /** What may be stored: first 4 KiB without the secrets we sent. */
  excerpt(): string;
}

export interface HttpClient {
  /**
   * Answers of every status come back as answers.
   * @throws ConnectorError unavailable, timeout, unknown, invalid; unauthorized when no token could be had
   */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Any text without the secrets we send. */
  redact(text: string): string;
}

/**
 * @returns origin and path of an absolute http(s) URL; the path keeps its query
 * @throws Error naming the fault
 */
export function splitUrl(text: string): { origin: string; path: string } {
  if (!URL.canParse(text)) throw new Error('must be an absolute URL such as https://wms.example.com/api');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error('must start with http:// or https://');
  if (url.username !== '' || url.password !== '') throw new Error('must not carry a user or password; use auth');
  return { origin: url.origin, path: url.pathname + url.search };
}
