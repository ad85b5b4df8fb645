// An answer as connectors get it: bytes, text when asked for, and the part that may be stored.
import type { RawAnswer } from './exchange.ts';
import type { HttpAnswer } from './http.ts';
import { headerIn } from './raw-headers.ts';
import type { Redactor } from './redact.ts';

const excerptBytes = 4096;

export class Answer implements HttpAnswer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly truncated: boolean;
  readonly repeated: boolean;
  readonly #headers: RawAnswer['headers'];
  readonly #redact: Redactor;
  #text: string | undefined;

  constructor(raw: RawAnswer, redact: Redactor, repeated = false) {
    this.status = raw.status;
    this.bytes = raw.bytes;
    this.truncated = raw.truncated;
    this.repeated = repeated;
    this.#headers = raw.headers;
    this.#redact = redact;
  }

  header(name: string): string | undefined {
    return headerIn(this.#headers, name);
  }

  text(): string {
    this.#text ??= this.bytes.toString();
    return this.#text;
  }

  /** Redacted first, cut then: half a secret at the edge would be one that no redaction finds. */
  excerpt(): string {
    const clean = this.#redact(this.text()).replaceAll('\0', '\ufffd');
    if (Buffer.byteLength(clean) <= excerptBytes) return clean;
    return Buffer.from(clean)
      .subarray(0, excerptBytes)
      .toString()
      .replace(/\ufffd$/, '');
  }
}
