// Every answer that is not a success: RFC 9457 problem+json of a published type, every fault listed, never a stack.
import type { Fault, Problem } from '../core/core.ts';
import { ProblemError } from '../core/problem.ts';
import type { JsonObject } from '../model/json.ts';

const typeBase = 'https://syncline.dev/problems/';

/** Published types; the store side throws some of them itself. */
export const problemTypes = {
  'invalid-request': { status: 400, title: 'Invalid request' },
  unauthenticated: { status: 401, title: 'A key is needed' },
  'bad-signature': { status: 401, title: 'The signature does not hold' },
  forbidden: { status: 403, title: 'The key may not do this' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'not-acceptable': { status: 406, title: 'Not available in that format' },
  'request-timeout': { status: 408, title: 'The request took too long' },
  conflict: { status: 409, title: 'Conflict' },
  gone: { status: 410, title: 'Gone' },
  'version-mismatch': { status: 412, title: 'Version mismatch' },
  'too-large': { status: 413, title: 'Too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'expectation-failed': { status: 417, title: 'Expectation failed' },
  'key-reused': { status: 422, title: 'Idempotency key reused' },
  'evidence-refused': { status: 422, title: 'A file is no picture that can be looked at' },
  'precondition-required': { status: 428, title: 'Precondition required' },
  'headers-too-large': { status: 431, title: 'Request headers too large' },
  internal: { status: 500, title: 'Failure inside the hub' },
  unavailable: { status: 503, title: 'Not available' },
  'storage-full': { status: 507, title: 'Storage full' },
} as const;

export type ProblemType = keyof typeof problemTypes;

/** A refusal made at the edge, with headers of its own. */
export class EdgeProblem extends ProblemError {
  readonly headers: Record<string, string>;
  constructor(problem: Problem, headers: Record<string, string>) {
    super(problem);
    this.headers = headers;
  }
}

export function refuse(
  type: ProblemType,
  detail: string,
  more: { faults?: Fault[]; extra?: JsonObject; headers?: Record<string, string> } = {},
): EdgeProblem {
  const { headers = {}, ...rest } = more;
  return new EdgeProblem({ ...problemTypes[type], type, detail, ...rest }, headers);
}

export const refuseFaults = (faults: Fault[]): EdgeProblem =>
  refuse('invalid-request', faults.length === 1 ? '1 fault' : `${faults.length} faults`, { faults });

/** The store side may live behind a thread boundary, where an error's class is lost and its members stay. */
export function problemIn(error: unknown): Problem | undefined {
  if (error instanceof ProblemError) return error.problem;
  if (typeof error !== 'object' || error === null) return undefined;
  if ('problem' in error) return problemIn(error.problem);
  return isProblem(error) ? error : undefined;
}

const isProblem = (value: object): value is Problem =>
  'status' in value &&
  typeof value.status === 'number' &&
  'type' in value &&
  typeof value.type === 'string' &&
  'detail' in value;

export function problemBody(problem: Problem): string {
  const { status, type, title, detail, faults, extra } = problem;
  return JSON.stringify({ type: `${typeBase}${type}`, title, status, detail, ...(faults && { faults }), ...extra });
}

/** 429 and 503 always say when to come back. */
export function problemHeaders(problem: Problem): Record<string, string> {
  const later = problem.status === 429 || problem.status === 503;
  return {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    ...(later && { 'retry-after': '1' }),
  };
}

export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  return new Response(problemBody(problem), {
    status: problem.status,
    headers: { ...problemHeaders(problem), ...headers },
  });
}
