// What an error of the server or of the way to it means for the work that met it.
import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';

/** drizzle wraps what the driver says. */
const plain = (error: unknown): unknown =>
  error instanceof DrizzleQueryError && error.cause !== undefined ? error.cause : error;

/** The SQLSTATE of an error, or the code of a socket's; an empty text for any other. */
export function codeOf(thrown: unknown): string {
  const error = plain(thrown);
  if (error instanceof pg.DatabaseError) return error.code ?? '';
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

/**
 * conflict: somebody else was quicker, look again · away: the server or the way to it is gone, or it was too slow ·
 * full: no space left · faulty: what was to be written is at fault
 */
export type FaultKind = 'conflict' | 'away' | 'full' | 'faulty';

/** Unique key taken meanwhile, serialization failure, deadlock, lock timeout. */
const conflicts = new Set(['23505', '40001', '40P01', '55P03']);
/** Beside whole classes: a transaction that idled too long, a read-only server, and what sockets and the driver say. */
const away = /^(08...|57...|58...|53[03]..|25P0[234]|25006|ERR_STREAM_[A-Z_]+|E[A-Z]+)$/;
const driverAway =
  /Connection terminated|timeout exceeded|Query read timeout|not queryable|Client was closed|pool after/;

export function kindOf(thrown: unknown): FaultKind {
  const error = plain(thrown);
  const code = codeOf(error);
  if (conflicts.has(code)) return 'conflict';
  if (code === '53100') return 'full';
  if (away.test(code)) return 'away';
  return error instanceof Error && driverAway.test(error.message) ? 'away' : 'faulty';
}
