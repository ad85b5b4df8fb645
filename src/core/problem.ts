// Failures that the caller is told about, as plain data that crosses a thread boundary.
import type { JsonObject } from '../model/json.ts';
import type { Fault, Problem } from './core.ts';

/** Thrown by the core; the gateway answers it as problem+json, the command line prints it. */
export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

const titles: Record<string, { status: number; title: string }> = {
  'invalid-request': { status: 400, title: 'Invalid request' },
  'not-found': { status: 404, title: 'Not found' },
  'not-acceptable': { status: 406, title: 'Not available in that format' },
  conflict: { status: 409, title: 'Conflict' },
  gone: { status: 410, title: 'Gone' },
  'version-mismatch': { status: 412, title: 'Version mismatch' },
  'too-large': { status: 413, title: 'Too large' },
  'key-reused': { status: 422, title: 'Idempotency key reused' },
  unavailable: { status: 503, title: 'Not available' },
  'storage-full': { status: 507, title: 'Storage full' },
};

export type ProblemType = keyof typeof titles;

export function problem(
  type: ProblemType,
  detail: string,
  more: { faults?: Fault[]; extra?: JsonObject } = {},
): ProblemError {
  const known = titles[type] ?? { status: 500, title: 'Failure' };
  return new ProblemError({ ...known, type: String(type), detail, ...more });
}

/** A request with faults: every one is listed. */
export const invalid = (faults: Fault[]): ProblemError =>
  problem('invalid-request', faults.length === 1 ? '1 fault' : `${faults.length} faults`, { faults });

export const notFound = (what: string): ProblemError => problem('not-found', `there is no ${what}`);

/** A position that is none of the store's is the caller's mistake. */
export async function positioned<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalid([
      { path: '?after', message: 'is no cursor of this list; hand back the `next` of a page as it came' },
    ]);
  }
}
