// Dead letters: replicas that were given up and wait for a person.
import type { Context } from 'hono';
import { z } from 'zod';
import { instant } from '../clock.ts';
import type { DeadLetterFilter } from '../core/core.ts';
import { type Lossless, stringifyJson } from '../model/json.ts';
import type { DeadLetterRow } from '../store/rows.ts';
import { answerJson, answerText, nextLink } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { readJson } from './limits.ts';
import { refuse, refuseFaults } from './problem.ts';
import { type Call, type Route, route } from './route.ts';
import * as schemas from './schemas.ts';
import { type Caller, holds } from './scopes.ts';
import { noSuchSystem } from './system-info.ts';
import { closing } from './timeline.ts';

const query = z.strictObject({
  system: z.string().optional(),
  record: schemas.recordType.optional(),
  kind: schemas.deadLetterKind.optional(),
  since: schemas.time.optional(),
  state: schemas.deadLetterState,
  limit: schemas.limit,
  after: schemas.after,
});

const example = {
  id: 'dl_01JD',
  system: 'wms',
  record: 'order',
  recordId: 'ord_01JD',
  seq: '1093',
  since: '2026-11-23T05:02:00.000Z',
  attempts: 12,
  kind: 'rejected',
  message: 'address outside delivery area',
  payload: { deliveryOrderCode: 'SO-1001-0' },
  response: { status: 422, body: '{"error":"address outside delivery area"}' },
  closed: null,
};
const one = {
  status: 200,
  description: 'The dead letter',
  content: { 'application/json': { schema: schemas.deadLetter, example } },
};
const get = { method: 'get', tag: 'Dead letters', access: { any: ['read'] } } as const;
const post = { method: 'post', tag: 'Dead letters', access: { any: ['operate'] } } as const;

export function deadLetters(deps: GatewayDeps): Route[] {
  const list = { schema: schemas.deadLetters, example: { items: [example], next: null } };
  return [
    route(
      {
        ...get,
        path: '/v1/deadletters',
        summary: 'List dead letters',
        query,
        answer: { status: 200, description: 'A page', content: { 'application/json': list } },
      },
      (c, call) => serveList(c, deps, call),
    ),
    route(
      { ...get, path: '/v1/deadletters/:id', summary: 'Inspect a dead letter', answer: one },
      async (c, { caller }) => {
        const id = c.req.param('id') ?? '';
        const row = await deps.core.deadLetter(id);
        if (!row) throw refuse('not-found', `there is no dead letter ${id}`);
        return answerText(textOf(row, caller));
      },
    ),
    replayMany(deps),
    replayOne(deps),
    discard(deps),
  ];
}

async function serveList(
  c: Context,
  deps: GatewayDeps,
  { query: asked, caller }: Call<z.output<typeof query>>,
): Promise<Response> {
  const { limit, after = null, ...filter } = asked;
  const page = await deps.core.deadLetters(given(filter), limit, after);
  if (page.items.length === 0 && filter.system !== undefined) requireKnown(filter.system, '?system', deps);
  const link: Record<string, string> = page.next === null ? {} : { link: nextLink(c, deps, page.next) };
  const items = page.items.map((row) => textOf(row, caller));
  return answerText(`{"items":[${items.join(',')}],"next":${JSON.stringify(page.next)}}`, 200, link);
}

/** A word that nobody is called by must not read as "nothing to do". Letters of a system that was removed are listed. */
function requireKnown(system: string, path: string, { systems }: GatewayDeps): void {
  const known = systems.map(({ id }) => id);
  if (!known.includes(system)) throw refuseFaults([{ path, message: noSuchSystem(system, known) }]);
}

/** Only the members that were named. */
function given(filter: { [K in keyof DeadLetterFilter]?: DeadLetterFilter[K] | undefined }): DeadLetterFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function replayMany(deps: GatewayDeps): Route {
  const body = { schema: schemas.replayMany, example: { filter: { system: 'wms', kind: 'rejected' }, dryRun: true } };
  const content = { 'application/json': { schema: schemas.replayCount, example: { count: 41 } } };
  return route(
    {
      ...post,
      path: '/v1/deadletters/replay',
      summary: 'Replay every open dead letter that fits',
      description: 'With `dryRun` only counts them.',
      body: { 'application/json': body },
      answer: { status: 200, description: 'How many', content },
    },
    async (c, { caller }) => {
      const { value } = await readJson(c, deps, schemas.replayMany);
      if (value.filter.system !== undefined) requireKnown(value.filter.system, '/filter/system', deps);
      return answerJson(await deps.core.replayMany(given(value.filter), value.dryRun, caller.name));
    },
  );
}

function replayOne(deps: GatewayDeps): Route {
  const content = { 'application/json': { schema: schemas.replayed, example: { seq: '1094' } } };
  return route(
    {
      ...post,
      path: '/v1/deadletters/:id/replay',
      summary: 'Replay a dead letter',
      description:
        'Sends the newest state of the record, never an old one. With `patch` the record is edited first, as `console`.',
      body: {
        'application/json': { schema: schemas.replayOne, example: { patch: { shipTo: { street: '新街 9 号' } } } },
      },
      answer: { status: 200, description: 'The change that sends it again', content },
    },
    async (c, { caller }) => {
      const { lossless } = await readJson(c, deps, schemas.replayOne);
      const { patch } = lossless as { patch?: Lossless };
      const text = patch === undefined ? undefined : stringifyJson(patch);
      return answerJson(await deps.core.replay(c.req.param('id') ?? '', text, caller.name));
    },
  );
}

function discard(deps: GatewayDeps): Route {
  return route(
    {
      ...post,
      path: '/v1/deadletters/:id/discard',
      summary: 'Close a dead letter without sending',
      description: 'The replica counts as synced at that change; the next change of the record arms it again.',
      body: { 'application/json': { schema: schemas.reason, example: { reason: 'cancelled by phone' } } },
      answer: one,
    },
    async (c, { caller }) => {
      const { value } = await readJson(c, deps, schemas.reason);
      return answerText(textOf(await deps.core.discard(c.req.param('id') ?? '', value.reason, caller.name), caller));
    },
  );
}

const hidden = JSON.stringify('hidden: this needs the scope pii');

/** Payload and answer are in the system's own words, where nobody can tell what is personal: shown whole or not at all. */
function textOf(row: DeadLetterRow, caller: Caller): string {
  const { id, system, type: record, recordId, seq, since, attempts, kind, message, response } = row;
  const visible = holds(caller, 'pii');
  const body = response === null || response.body === null || visible ? response?.body : JSON.parse(hidden);
  const head = { id, system, record, recordId, seq: String(seq), since: instant(since), attempts, kind, message };
  const tail = { response: response && { status: response.status, body }, closed: closing(row) };
  const payload = row.payload === null ? 'null' : visible ? asJson(row.payload) : hidden;
  return `${JSON.stringify(head).slice(0, -1)},"payload":${payload},${JSON.stringify(tail).slice(1)}`;
}

/** As it was sent, numbers included; what is no JSON becomes a text. */
function asJson(payload: string): string {
  try {
    JSON.parse(payload);
    return payload;
  } catch {
    return JSON.stringify(payload);
  }
}
