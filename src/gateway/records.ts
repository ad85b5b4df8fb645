// Canonical records: looking one up, editing it as the console, freezing and releasing what delivery does with it.
import type { Context } from 'hono';
import { z } from 'zod';
import type { RecordAddress } from '../core/core.ts';
import { stringifyJson } from '../model/json.ts';
import { nearest } from '../model/nearest.ts';
import { isRecordType, type RecordType, recordTypes } from '../model/records.ts';
import { readTraceparent } from '../observe/trace.ts';
import { answerRecord, etagOf } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { ifMatch, noneMatch } from './headers.ts';
import { mediaType, readJson, readText } from './limits.ts';
import { refuse, refuseFaults } from './problem.ts';
import { type Call, type Route, type RouteSpec, route } from './route.ts';
import { optionalReason, recordPatch, record as recordSchema, unitValue } from './schemas.ts';
import { requireSystem } from './system-info.ts';

const exampleRecord = {
  record: 'order',
  id: 'ord_01JD',
  version: 4,
  createdAt: '2026-11-23T05:00:00.000Z',
  updatedAt: '2026-11-23T05:02:00.000Z',
  data: { number: 'SO-1001', status: 'open' },
  units: { shipTo: { source: 'crm', at: '2026-11-23T05:02:00.000Z', version: 4 } },
  replicas: [
    {
      system: 'wms',
      externalId: 'W-77',
      state: 'behind',
      syncedVersion: 3,
      wantedVersion: 4,
      behindSince: '2026-11-23T05:02:00.000Z',
      lagSeconds: 2.1,
      attempts: 1,
      nextAttemptAt: '2026-11-23T05:02:04.000Z',
      lastError: '503 from PUT /orders/W-77',
    },
  ],
};
const answer: RouteSpec['answer'] = {
  status: 200,
  description: 'The record with its replicas; `ETag` is its version',
  content: { 'application/json': { schema: recordSchema, example: exampleRecord } },
};
const lookUp = z.strictObject({
  external: z.string().optional().describe('`<system>:<id>`: by the id that a system gave it'),
  match: z.string().optional().describe('`<field>:<value>`: by a match key'),
});

const get = { method: 'get', tag: 'Records', access: { any: ['read'] }, answer } as const;
const post = { method: 'post', tag: 'Records', access: { any: ['operate'] }, answer } as const;
const ifNoneMatch = { 'If-None-Match': 'Answers 304 while the version is still this one' };

export function records(deps: GatewayDeps): Route[] {
  return [
    route({ ...get, path: '/v1/records/:type/:id', summary: 'Read a record', headers: ifNoneMatch }, (c, call) =>
      show(c, deps, { type: requireType(c), id: c.req.param('id') ?? '' }, call),
    ),
    route(
      {
        ...get,
        path: '/v1/records/:type',
        summary: 'Find a record by a system’s id or a match key',
        query: lookUp,
        headers: ifNoneMatch,
      },
      (c, call) => show(c, deps, addressIn(requireType(c), call.query), call),
    ),
    patchRecord(deps),
    replicaRoute(deps, 'hold', 'Freeze the copy of a record in one system'),
    replicaRoute(deps, 'release', 'Let the copy of a record in one system follow again'),
    releaseUnit(deps),
  ];
}

function patchRecord(deps: GatewayDeps): Route {
  return route(
    {
      method: 'patch',
      path: '/v1/records/:type/:id',
      tag: 'Records',
      summary: 'Edit a record',
      description:
        'A merge patch (RFC 7396) on the canonical data, taken as an edit by `console`. All of it refused: 409 with `refused`.',
      access: { any: ['operate'] },
      headers: { 'If-Match': 'The version that you edit, in quotes; required' },
      body: { 'application/merge-patch+json': { schema: recordPatch, example: { shipTo: { street: '新街 9 号' } } } },
      answer,
    },
    async (c, { caller }) => {
      const type = requireType(c);
      mediaType(c, ['application/merge-patch+json']);
      const version = ifMatch(c.req.header('if-match'));
      const body = await readText(c, deps);
      const traceparent = readTraceparent(c.req.header('traceparent'));
      const edit = { address: { type, id: c.req.param('id') ?? '' }, body, ifMatch: version, actor: caller.name };
      return answerRecord(
        await deps.core.patch({ ...edit, ...(traceparent !== undefined && { traceparent }) }),
        caller,
      );
    },
  );
}

function replicaRoute(deps: GatewayDeps, verb: 'hold' | 'release', summary: string): Route {
  return route(
    {
      ...post,
      path: `/v1/records/:type/:id/replicas/:system/${verb}`,
      summary,
      body: { 'application/json': { schema: optionalReason } },
    },
    async (c, { caller }) => {
      const type = requireType(c);
      const system = requireSystem(deps.systems, c.req.param('system')).id;
      const { reason } = (await readJson(c, deps, optionalReason)).value;
      const by = { actor: caller.name, ...(reason !== undefined && { reason }) };
      return answerRecord(
        await deps.core.holdReplica(type, c.req.param('id') ?? '', system, verb === 'hold', by),
        caller,
      );
    },
  );
}

function releaseUnit(deps: GatewayDeps): Route {
  return route(
    {
      ...post,
      path: '/v1/records/:type/:id/units/:unit/release',
      summary: 'End the hold of a unit that went back and forth',
      description: 'With `value` (the unit’s fields, or the plain value of a unit with one field) it is set as well.',
      body: { 'application/json': { schema: unitValue, example: { value: { street: '新街 9 号' } } } },
    },
    async (c, { caller }) => {
      const type = requireType(c);
      const { lossless } = await readJson(c, deps, unitValue);
      const given = (lossless as { value?: Parameters<typeof stringifyJson>[0] }).value;
      const value = given === undefined ? undefined : stringifyJson(given);
      const [id = '', unit = ''] = [c.req.param('id'), c.req.param('unit')];
      return answerRecord(await deps.core.releaseUnit(type, id, unit, value, caller.name), caller);
    },
  );
}

async function show(
  c: Context,
  deps: GatewayDeps,
  address: RecordAddress,
  { caller }: Call<unknown>,
): Promise<Response> {
  const view = await deps.core.record(address);
  if (!view) throw refuse('not-found', `there is no ${describe(address)}`);
  if (!noneMatch(c.req.header('if-none-match'), etagOf(view)))
    return new Response(null, { status: 304, headers: { etag: etagOf(view) } });
  return answerRecord(view, caller);
}

function describe(address: RecordAddress): string {
  if ('id' in address) return `${address.type} ${address.id}`;
  if ('external' in address) return `${address.type} that ${address.external.system} calls "${address.external.id}"`;
  return `${address.type} with ${address.match.field} "${address.match.value}"`;
}

function addressIn(type: RecordType, query: z.output<typeof lookUp>): RecordAddress {
  if ((query.external === undefined) === (query.match === undefined)) {
    throw refuseFaults([
      {
        path: '?external',
        message: 'name the record by exactly one of external=<system>:<id> and match=<field>:<value>',
      },
    ]);
  }
  if (query.external !== undefined) {
    const [system, id] = split(query.external, '?external', '<system>:<id>');
    return { type, external: { system, id } };
  }
  const [field, value] = split(query.match ?? '', '?match', '<field>:<value>');
  return { type, match: { field, value } };
}

function split(text: string, path: string, shape: string): [string, string] {
  const colon = text.indexOf(':');
  if (colon < 1 || colon === text.length - 1) throw refuseFaults([{ path, message: `must read ${shape}` }]);
  return [text.slice(0, colon), text.slice(colon + 1)];
}

/** @throws EdgeProblem 404 */
export function requireType(c: Context): RecordType {
  const type = c.req.param('type') ?? '';
  if (isRecordType(type)) return type;
  const close = nearest(type, recordTypes);
  throw refuse(
    'not-found',
    `there is no record type "${type}"${close === undefined ? '' : `; did you mean "${close}"?`}`,
  );
}
