// The feed of a polling system: pages of what is pending in its own words, acknowledged by cursor or by item.
import type { Context } from 'hono';
import { z } from 'zod';
import type { FeedItem, FeedPage } from '../core/core.ts';
import { answerJson, answerText, nextLink } from './answers.ts';
import { here } from './change-events.ts';
import type { GatewayDeps, SystemInfo } from './deps.ts';
import { readJson } from './limits.ts';
import { refuse } from './problem.ts';
import { type Call, type Route, route } from './route.ts';
import {
  acknowledgements,
  ackResults,
  cursor,
  feedItem,
  feed as feedSchema,
  limit,
  recordType,
  rejections,
} from './schemas.ts';
import { requireSystem } from './system-info.ts';
import { lookOrWait } from './waiting.ts';

const formats = ['json', 'ndjson', 'csv', 'xml'] as const;
type Format = (typeof formats)[number];
const lines = 'application/x-ndjson';
const formatOf: Readonly<Record<string, Format>> = {
  [lines]: 'ndjson',
  'text/csv': 'csv',
  'application/xml': 'xml',
  'text/xml': 'xml',
};

const query = z.strictObject({
  after: cursor('The `next` of the page before; asking with it acknowledges everything up to it'),
  limit,
  record: recordType.optional(),
  format: z.enum(formats).optional().describe('Wins over `Accept`'),
});

const item = {
  record: 'order',
  id: 'ord_01JD',
  externalId: null,
  op: 'create',
  seq: '1093',
  changedAt: '2026-11-23T05:02:00.000Z',
  data: { FSourceBillNo: 'SO-1001' },
};

export function feeds(deps: GatewayDeps): Route[] {
  return [
    route(
      {
        method: 'get',
        path: '/v1/feeds/:system',
        tag: 'Feed',
        summary: 'Poll what is pending',
        description:
          'A compacted list: a record appears once, at the place of its newest change. At least once: repeating the last `after` gives the same items again, or newer versions. ' +
          'CSV (of one record type) and XML are written as the settings of the system say; what they have no way to write becomes a dead letter. ' +
          'The headers `Link` (rel="next") and `Syncline-Next` carry the next cursor too. `Prefer: wait=30` waits for something.',
        access: { own: 'feed' },
        query,
        headers: { Prefer: '`wait=<seconds>`, at most 60' },
        head: false,
        answer: {
          status: 200,
          description: 'A page',
          content: {
            'application/json': { schema: feedSchema, example: { items: [item], next: 'e7.1093', more: false } },
            [lines]: { schema: feedItem },
            'text/csv': { schema: z.string() },
            'application/xml': { schema: z.string() },
            'text/xml': { schema: z.string() },
          },
        },
      },
      (c, call) => serveFeed(c, deps, call),
    ),
    ackRoute(deps),
    rejectRoute(deps),
  ];
}

async function serveFeed(
  c: Context,
  deps: GatewayDeps,
  { query: asked, produce }: Call<z.output<typeof query>>,
): Promise<Response> {
  const system = requireFeed(deps, c);
  const { after = null, limit: count, record, format = formatOf[produce] ?? 'json' } = asked;
  const as = format === 'csv' || format === 'xml' ? format : undefined;
  const request = { system: system.id, limit: count, ...(record !== undefined && { record }), ...(as && { as }) };
  deps.metrics.feedPolled(system.id, deps.clock.now());
  const look = async () => here(await deps.core.feed({ ...request, after }));
  const page = await lookOrWait(c, deps, { look, empty: ({ items }) => items.length === 0 });
  const headers = { 'syncline-next': page.next, link: nextLink(c, deps, page.next) };
  if (page.written)
    return new Response(page.written.bytes, {
      headers: { ...headers, 'content-type': page.written.type, 'cache-control': 'no-store' },
    });
  if (format === 'ndjson')
    return answerText(page.items.map((one) => `${itemText(one)}\n`).join(''), 200, {
      ...headers,
      'content-type': lines,
    });
  return answerText(pageText(page), 200, headers);
}

/** The data is JSON already, with numbers that a parse would lose. */
function itemText({ data, ...envelope }: FeedItem): string {
  const { record, id, externalId, op, seq, changedAt } = envelope;
  return `${JSON.stringify({ record, id, externalId, op, seq, changedAt }).slice(0, -1)},"data":${data}}`;
}

const pageText = ({ items, next, more }: FeedPage): string =>
  `{"items":[${items.map(itemText).join(',')}],"next":${JSON.stringify(next)},"more":${more}}`;

/** @throws EdgeProblem 404 for a system that is pushed to */
function requireFeed(deps: GatewayDeps, c: Context): SystemInfo {
  const system = requireSystem(deps.systems, c.req.param('system'));
  if (system.pulls) return system;
  throw refuse('not-found', `${system.id} is pushed to by its connector "${system.connector}"; it has no feed`);
}

const answer = {
  status: 200,
  description: 'What became of each item, in order',
  content: {
    'application/json': {
      schema: ackResults,
      example: { results: [{ record: 'order', id: 'ord_01JD', seq: '1093', status: 'acknowledged' }] },
    },
  },
};

function ackRoute(deps: GatewayDeps): Route {
  const example = { items: [{ record: 'order', id: 'ord_01JD', seq: '1093', externalId: 'ERP-5001' }] };
  return route(
    {
      method: 'post',
      path: '/v1/feeds/:system/ack',
      tag: 'Feed',
      summary: 'Acknowledge items',
      description:
        'With `externalId` the id that the system gave is recorded, so that later items carry it. An older `seq` than the newest leaves the record pending.',
      access: { own: 'feed' },
      body: { 'application/json': { schema: acknowledgements, example } },
      answer,
    },
    async (c) => {
      const { id } = requireFeed(deps, c);
      const { value } = await readJson(c, deps, acknowledgements);
      refuseTooMany(value.items, deps);
      const items = value.items.map(({ externalId, ...one }) => ({
        ...one,
        ...(externalId !== undefined && { externalId }),
      }));
      return answerJson({ results: await deps.core.acknowledge(id, items) });
    },
  );
}

function rejectRoute(deps: GatewayDeps): Route {
  const example = { items: [{ record: 'order', id: 'ord_01JD', seq: '1093', reason: 'customer blocked' }] };
  return route(
    {
      method: 'post',
      path: '/v1/feeds/:system/reject',
      tag: 'Feed',
      summary: 'Refuse items',
      description: 'The record becomes a dead letter of the system, with the reason.',
      access: { own: 'feed' },
      body: { 'application/json': { schema: rejections, example } },
      answer,
    },
    async (c) => {
      const { id } = requireFeed(deps, c);
      const { value } = await readJson(c, deps, rejections);
      refuseTooMany(value.items, deps);
      return answerJson({ results: await deps.core.reject(id, value.items) });
    },
  );
}

function refuseTooMany(items: readonly unknown[], { limits }: GatewayDeps): void {
  if (items.length > limits.batch) throw refuse('too-large', `more than ${limits.batch} items in one request`);
}
