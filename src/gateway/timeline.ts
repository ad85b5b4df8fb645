// Everything that happened to one record, newest first.
import { z } from 'zod';
import { instant } from '../clock.ts';
import type { Core } from '../core/core.ts';
import { unitsOf } from '../model/change-event.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { AttemptRow, AuditRow, ChangeRow, DeadLetterRow, DecisionRow } from '../store/rows.ts';
import { answerPage } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { refuse } from './problem.ts';
import { requireType } from './records.ts';
import { type Route, route } from './route.ts';
import { after, limit, timeline as timelineSchema } from './schemas.ts';
import { type Caller, holds } from './scopes.ts';

const example = {
  items: [
    {
      at: '2026-11-23T05:02:01.000Z',
      kind: 'attempt',
      system: 'wms',
      seq: '1093',
      outcome: 'retry',
      message: '503 from PUT /orders/W-77',
      status: 503,
      durationMs: 41,
    },
    {
      at: '2026-11-23T05:02:00.000Z',
      kind: 'change',
      seq: '1093',
      version: 4,
      source: 'crm',
      op: 'updated',
      occurredAt: '2026-11-23T05:01:58.000Z',
      units: { shipTo: { old: {}, new: {} } },
    },
  ],
  next: null,
};

export function timeline(deps: GatewayDeps): Route[] {
  return [
    route(
      {
        method: 'get',
        path: '/v1/records/:type/:id/timeline',
        tag: 'Records',
        summary: 'What happened to a record',
        description:
          'Changes with old and new values and what was refused, decisions, attempts, acknowledgements, dead letters and what a person has decided, newest first.',
        access: { any: ['read'] },
        query: z.strictObject({ limit, after }),
        answer: {
          status: 200,
          description: 'A page',
          content: { 'application/json': { schema: timelineSchema, example } },
        },
      },
      async (c, { query, caller }) => {
        const [type, id] = [requireType(c), c.req.param('id') ?? ''];
        const page = await deps.core.timeline(id, query.limit, query.after ?? null);
        if (page.items.length === 0 && !(await deps.core.record({ type, id })))
          throw refuse('not-found', `there is no ${type} ${id}`);
        return answerPage(c, deps, { items: page.items.map((item) => entry(item, caller)), next: page.next });
      },
    ),
  ];
}

type Item = Awaited<ReturnType<Core['timeline']>>['items'][number];

function entry({ change, attempt, deadLetter, decision, review }: Item, caller: Caller): JsonObject {
  if (change) return changeEntry(change, caller);
  if (decision) return decisionEntry(decision);
  if (attempt) return attemptEntry(attempt);
  if (review) return reviewEntry(review);
  return deadLetter ? deadLetterEntry(deadLetter) : {};
}

function changeEntry(change: ChangeRow, caller: Caller): JsonObject {
  const { version, source, op, refused, ambiguous, resend } = change;
  return {
    at: instant(change.recordedAt),
    kind: 'change',
    seq: String(change.seq),
    version,
    source,
    op,
    occurredAt: instant(change.occurredAt),
    units: unitsOf(change, holds(caller, 'pii')),
    ...(refused.length > 0 && { refused: refused.map((one) => ({ ...one })) }),
    ...(ambiguous.length > 0 && { ambiguous }),
    ...(resend !== null && { resend }),
  };
}

const acknowledged = new Set(['ack', 'acknowledged']);

function attemptEntry(attempt: AttemptRow): JsonObject {
  const { at, system, seq, outcome, message, status, durationMs } = attempt;
  const kind = acknowledged.has(outcome) ? 'ack' : 'attempt';
  return { at: instant(at), kind, system, seq: String(seq), outcome, message, status, durationMs };
}

function deadLetterEntry(letter: DeadLetterRow): JsonObject {
  const { id, since, system, seq, attempts, kind: cause, message } = letter;
  const entry = { at: instant(since), kind: 'dead_letter', id, system, seq: String(seq), attempts, cause, message };
  return { ...entry, closed: closing(letter) };
}

function decisionEntry({ at, id, policy, version, outcome, effects, error }: DecisionRow): JsonObject {
  const { haltedBy = null } = outcome;
  const { approval, refund, level } = outcome;
  const of = policy === 'returns' ? { approval, refund, level } : { haltedBy, effects };
  const entry = { at: instant(at), kind: 'decision', id, policy, version, ...of } as JsonObject;
  return error === null ? entry : { ...entry, error };
}

/** `task`: by an answer to it. */
function reviewEntry({ at, actor, target, recordId, detail }: AuditRow): JsonObject {
  const { decision = null, reason = null } = detail;
  const entry = { at: instant(at), kind: 'review', actor, decision, reason };
  return target === recordId ? entry : { ...entry, task: target };
}

export function closing({ closed }: DeadLetterRow): Json {
  return closed && { as: closed.as, at: instant(closed.at), by: closed.by, reason: closed.reason };
}
