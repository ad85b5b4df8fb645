// Returns: asked for, decided, shown evidence for, told of, reviewed, read; and what a customer's next one is decided from.
import type { Context } from 'hono';
import { z } from 'zod';
import type { DecideReturnRequest, ReturnAsked, ReturnEventTold, ReturnView } from '../core/core.ts';
import { answerJson, maskRecord } from './answers.ts';
import { requireScope } from './decisions.ts';
import type { GatewayDeps } from './deps.ts';
import { readBody, readJson } from './limits.ts';
import { refuse, refuseFaults } from './problem.ts';
import { type Call, type Route, route } from './route.ts';
import {
  decideReturn,
  evidenceShown,
  returnDecision,
  returnEvent,
  returnProfile,
  returnRequest,
  returnReview,
  returnView,
} from './schemas.ts';

const asked = {
  ...{ customer: 'cus_019c', order: 'ord_019c', lines: [{ orderLine: '1', quantity: 1 }], reason: 'size' },
};
const one = { 'application/json': { schema: returnView } };

export function returns(deps: GatewayDeps): Route[] {
  const answer = (view: ReturnView, { caller }: Pick<Call<unknown>, 'caller'>, status = 200): Response =>
    answerJson(maskRecord(view, caller), status);
  return [
    route(
      {
        method: 'post',
        path: '/v1/returns',
        tag: 'Returns',
        summary: 'Ask for a return',
        description:
          'It is decided at once; no machine declines. Pieces that are in a return already, or were not sent: 409.',
        access: { any: ['intake', 'operate'] },
        body: { 'application/json': { schema: returnRequest, example: asked } },
        answer: { status: 201, description: 'The return, with its decision', content: one },
      },
      async (c, call) => {
        const { value } = await readJson(c, deps, returnRequest);
        requireClock(value.requestedAt, deps, call);
        return answer(await deps.core.requestReturn(value as ReturnAsked, call.caller.name), call, 201);
      },
    ),
    route(
      {
        method: 'get',
        path: '/v1/returns/:id',
        tag: 'Returns',
        summary: 'Read a return',
        access: { any: ['read'] },
        answer: { status: 200, description: 'The return, with its newest decision', content: one },
      },
      async (c, call) => {
        const found = await deps.core.returnOf(idIn(c));
        if (!found) throw refuse('not-found', `there is no return ${idIn(c)}`);
        return answer(found, call);
      },
    ),
    route(
      {
        method: 'post',
        path: '/v1/returns/:id/events',
        tag: 'Returns',
        summary: 'Tell what happened to a return',
        description: 'A repeat of an id changes nothing. What its state forbids: 409 with the reason.',
        access: { any: ['operate'] },
        body: { 'application/json': { schema: returnEvent, example: { type: 'carrier_scanned', id: 'scan-77' } } },
        answer: { status: 200, description: 'The return', content: one },
      },
      async (c, call) => {
        const { value } = await readJson(c, deps, returnEvent);
        requirePast(value.at, '/at', deps);
        return answer(await tell(c, deps, { ...value, by: 'person' } as ReturnEventTold, call), call);
      },
    ),
    route(
      {
        method: 'post',
        path: '/v1/returns/:id/review',
        tag: 'Returns',
        summary: 'Approve or decline a return',
        description: 'Only a person declines, and a return that a law protects only for a reason of that law.',
        access: { any: ['operate'] },
        body: {
          'application/json': { schema: returnReview, example: { decision: 'approve', reason: 'photos are fine' } },
        },
        answer: { status: 200, description: 'The return', content: one },
      },
      async (c, call) => {
        const { value } = await readJson(c, deps, returnReview);
        const { id = `review/${deps.newErrorId()}`, ...said } = value;
        return answer(await tell(c, deps, { ...said, type: 'reviewed', id, by: 'person' }, call), call);
      },
    ),
    route(
      {
        method: 'post',
        path: '/v1/returns/:id/evidence',
        tag: 'Returns',
        summary: 'Show pictures of the goods',
        description:
          'Up to six JPEG, PNG or WebP files of 10 MB each, as `files`. They are looked at by a machine that never declines: pass, a person, or please again.',
        access: { any: ['intake', 'operate'] },
        body: {
          'multipart/form-data': {
            schema: z.strictObject({ files: z.array(z.string().meta({ format: 'binary' })).max(files.most) }),
          },
        },
        answer: {
          status: 200,
          description: 'What was seen',
          content: { 'application/json': { schema: evidenceShown } },
        },
      },
      async (c, call) => {
        const shown = await deps.evidence.show(idIn(c), await filesIn(c, deps), call.caller.name);
        if (!('refused' in shown)) return answerJson({ ...shown, return: maskRecord(shown.return, call.caller) });
        const faults = shown.refused.map(({ file, why }) => ({
          path: `/files${file === null ? '' : `/${file}`}`,
          message: whys[why] ?? why,
        }));
        throw refuse('evidence-refused', faults.map(({ message }) => message).join('; '), { faults });
      },
    ),
    route(
      {
        method: 'post',
        path: '/v1/returns/decisions',
        tag: 'Returns',
        summary: 'Decide about a return',
        description:
          'A dry run says what would be decided of facts, or of pieces of an order as breakers stand now, and keeps nothing. A live decision needs the scope operate; of a return that is decided already it is the one that was made.',
        access: { any: ['read', 'operate'] },
        body: { 'application/json': { schema: decideReturn, example: asked } },
        answer: {
          status: 200,
          description: 'The decision',
          content: { 'application/json': { schema: returnDecision } },
        },
      },
      async (c, call) => {
        const { value } = await readJson(c, deps, decideReturn);
        requireScope(call, value.mode === 'live' ? 'operate' : 'read');
        return answerJson(await deps.core.decideReturn(requestOf(value), call.caller.name));
      },
    ),
    route(
      {
        method: 'get',
        path: '/v1/customers/:id/return-profile',
        tag: 'Returns',
        summary: 'What a return of a customer would be decided from',
        access: { any: ['read'] },
        query: z.strictObject({ store: z.string().max(300).default('').describe('Facts of which store') }),
        answer: {
          status: 200,
          description: 'Every fact with how it was computed',
          content: { 'application/json': { schema: returnProfile } },
        },
      },
      async (c, { query }) => {
        const found = await deps.core.returnProfile(idIn(c), query.store);
        if (!found) throw refuse('not-found', `there is no customer ${idIn(c)}`);
        return answerJson(found);
      },
    ),
  ];
}

const idIn = (c: Context): string => c.req.param('id') ?? '';

const tell = (c: Context, { core }: GatewayDeps, told: ReturnEventTold, { caller }: Pick<Call<unknown>, 'caller'>) =>
  core.returnEvent(idIn(c), told, caller.name);

function requestOf(value: z.output<typeof decideReturn>): DecideReturnRequest {
  if (value.mode === 'live') return value;
  const { mode, ...said } = value;
  return 'facts' in said ? { mode, facts: said.facts as never } : { mode, asked: said as ReturnAsked };
}

/** A clock that goes a little ahead is no lie. */
const slack = 60_000;

/** The clock of a decision is now, but for whoever brings over what was asked elsewhere. */
function requireClock(requestedAt: string | undefined, deps: GatewayDeps, call: Pick<Call<unknown>, 'caller'>): void {
  if (requestedAt === undefined) return;
  requirePast(requestedAt, '/requestedAt', deps);
  if (Date.parse(requestedAt) < deps.clock.now() - slack) requireScope(call, 'admin');
}

function requirePast(said: string | undefined, path: string, { clock }: GatewayDeps): void {
  if (said !== undefined && Date.parse(said) > clock.now() + slack)
    throw refuseFaults([{ path, message: 'lies ahead' }]);
}

const files = { most: 6, bytes: 10 * 1024 * 1024 };
/** With room for the borders between them. */
const mostBytes = files.most * files.bytes + 64 * 1024;

const whys: Readonly<Record<string, string>> = {
  empty: 'the file is empty',
  heic: 'HEIC cannot be read; convert it to JPEG',
  type: 'only JPEG, PNG and WebP are taken',
  too_many_pixels: 'the picture has more than 50 million pixels',
  too_large: 'the file has more than 10 MB',
  undecodable: 'the picture is broken',
  none: 'there is no file in it',
};

/** @throws EdgeProblem 400 for a body that is none, 413 for more than is taken, 415 for another type */
async function filesIn(c: Context, deps: GatewayDeps): Promise<Uint8Array[]> {
  const type = c.req.header('content-type') ?? '';
  if (!/^multipart\/form-data\s*;/i.test(type))
    throw refuse('unsupported-media-type', 'send multipart/form-data with up to six files as "files"');
  const body = await readBody(c, { clock: deps.clock, limits: { ...deps.limits, body: mostBytes } });
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().catch(() => {
    throw refuseFaults([{ path: '', message: 'cannot be read as multipart/form-data' }]);
  });
  const faults = [...new Set(form.keys())].flatMap((name) =>
    name === 'files' ? [] : [{ path: `/${name}`, message: `unknown member "${name}"` }],
  );
  const given = form.getAll('files');
  if (given.some((file) => typeof file === 'string')) faults.push({ path: '/files', message: 'must be files' });
  if (given.length === 0) faults.push({ path: '/files', message: 'there is no file in it' });
  if (faults.length > 0) throw refuseFaults(faults);
  if (given.length > files.most) throw refuse('too-large', `${given.length} files; at most ${files.most} are taken`);
  const read = await Promise.all(
    given.map(async (file) => new Uint8Array(await (file as unknown as Blob).arrayBuffer())),
  );
  const large = read.findIndex(({ byteLength }) => byteLength > files.bytes);
  if (large >= 0) throw refuse('too-large', `file ${large} has more than 10 MB`);
  return read;
}
