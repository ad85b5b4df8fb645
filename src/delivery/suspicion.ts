// Whose fault a failure is: the record's only if the system dealt well with another record meanwhile.
import { longestWaitMs } from './breaker.ts';

/** Remembers as little as answers the question: the newest good answer, and the newest one of any other record. */
export class GoodAnswers {
  #newest: { record: string; at: number } | undefined;
  #otherAt = Number.NEGATIVE_INFINITY;
  #elsewhereAt = Number.NEGATIVE_INFINITY;

  note(record: string, at: number): void {
    if (this.#newest && this.#newest.record !== record) this.#otherAt = this.#newest.at;
    this.#newest = { record, at };
  }

  /** Another process had one, of some record. */
  noteElsewhere(at: number): void {
    this.#elsewhereAt = Math.max(this.#elsewhereAt, at);
  }

  get lastAt(): number | null {
    return this.#newest?.at ?? null;
  }

  ofAnotherSince(record: string, since: number): boolean {
    const at = this.#newest?.record === record ? this.#otherAt : (this.#newest?.at ?? Number.NEGATIVE_INFINITY);
    return Math.max(at, this.#elsewhereAt) > since;
  }
}

const suspicious = new Set(['unavailable', 'timeout', 'throttled', 'unknown']);

/** Kinds that the system itself may be the reason for. */
export const mayBeTheSystem = (kind: string): boolean => suspicious.has(kind);

/** Until a suspected system is tried again: spread, but never earlier than it asked for. */
export function suspectedWait(
  { cooldownMs, retryAfterMs = 0 }: { cooldownMs: number; retryAfterMs?: number | undefined },
  random: () => number,
): number {
  const spread = (cooldownMs / 2) * (1 + random());
  return Math.round(Math.max(spread, Math.min(retryAfterMs, longestWaitMs)));
}
