// Faults on demand: what a system does wrong with what it is asked next. Data only; the front door acts on it.
import { z } from 'zod';

const limits = {
  /** Only so many requests; without it, all until the fault is taken back. */
  next: z.int().min(1).optional(),
  /** Only this share of the requests. */
  share: z.number().gt(0).max(1).optional(),
  /** Only requests with this method. */
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
};

export const faultSchema = z.discriminatedUnion('kind', [
  /** Connections are reset before anything is read. */
  z.strictObject({ kind: z.literal('down'), ...limits }),
  z.strictObject({ kind: z.literal('slow'), ms: z.int().min(0).max(600_000), ...limits }),
  z.strictObject({ kind: z.literal('500'), status: z.int().min(500).max(599).default(500), ...limits }),
  /** The request is done, its answer never sent. */
  z.strictObject({ kind: z.literal('lost_answer'), ...limits }),
  /** Its own webhooks are sent so many times. */
  z.strictObject({ kind: z.literal('duplicates'), times: z.int().min(1).max(100), ...limits }),
  z.strictObject({ kind: z.literal('429'), retryAfter: z.int().min(0).default(1), ...limits }),
  /** The connection is reset after the request was read; nothing is done. */
  z.strictObject({ kind: z.literal('reset'), ...limits }),
  /** The request is understood and refused, in these words. */
  z.strictObject({
    kind: z.literal('reject'),
    message: z.string().default('refused'),
    status: z.int().min(400).max(499).default(422),
    ...limits,
  }),
]);

export type Fault = z.input<typeof faultSchema>;
type Active = z.output<typeof faultSchema>;
export type FaultKind = Active['kind'];

export interface Refusal {
  status: number;
  message: string;
  retryAfter?: number;
}

/** What the faults of the moment do to one request. */
export interface Met {
  delayMs: number;
  reset: boolean;
  refusal: Refusal | undefined;
  loseAnswer: boolean;
}

export interface Faults {
  /** @throws ZodError when it is no fault */
  set(fault: Fault): void;
  /** Takes back all, or those of one kind. */
  clear(kind?: FaultKind): void;
  active(): readonly Active[];
  meet(method: string): Met;
  /** How often the next webhook is sent. */
  copies(): number;
}

/** @param random in [0, 1) */
export function createFaults(random: () => number): Faults {
  let faults: Active[] = [];
  const strikes = (fault: Active, method: string): boolean =>
    (fault.method === undefined || fault.method === method) && (fault.share === undefined || random() < fault.share);
  /** Counts it against `next`, and drops it when that is used up. */
  const spend = (fault: Active): Active => {
    if (fault.next !== undefined) fault.next--;
    if (fault.next === 0) faults = faults.filter((one) => one !== fault);
    return fault;
  };
  return {
    set: (fault) => void faults.push(faultSchema.parse(fault)),
    clear: (kind) => {
      faults = kind === undefined ? [] : faults.filter((fault) => fault.kind !== kind);
    },
    active: () => faults,
    meet: (method) => {
      const met: Met = { delayMs: 0, reset: false, refusal: undefined, loseAnswer: false };
      const struck = faults.filter((fault) => fault.kind !== 'duplicates' && strikes(fault, method));
      for (const fault of struck) apply(spend(fault), met);
      return met;
    },
    copies: () => {
      const fault = faults.find((one) => one.kind === 'duplicates' && strikes(one, 'POST'));
      if (fault?.kind !== 'duplicates') return 1;
      spend(fault);
      return fault.times;
    },
  };
}

/** Faults add up: a slow system can also fail. Of several refusals the first counts. */
function apply(fault: Active, met: Met): void {
  if (fault.kind === 'slow') met.delayMs += fault.ms;
  if (fault.kind === 'down' || fault.kind === 'reset') met.reset = true;
  if (fault.kind === 'lost_answer') met.loseAnswer = true;
  met.refusal ??= refusalOf(fault);
}

function refusalOf(fault: Active): Refusal | undefined {
  switch (fault.kind) {
    case '500':
      return { status: fault.status, message: 'internal error' };
    case '429':
      return { status: 429, message: 'too many requests', retryAfter: fault.retryAfter };
    case 'reject':
      return { status: fault.status, message: fault.message };
    default:
      return undefined;
  }
}
