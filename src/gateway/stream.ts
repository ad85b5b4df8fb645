// The change stream: CloudEvents in the order of commit, as pages, long polls or server-sent events.
import type { Context } from 'hono';
import { z } from 'zod';
import type { ChangesPage } from '../core/core.ts';
import { answerJson, nextLink } from './answers.ts';
import { cloudEvent, readPage, type StreamQuery, streamQuery } from './change-events.ts';
import type { GatewayDeps } from './deps.ts';
import { type Route, route } from './route.ts';
import { changeEvents } from './schemas.ts';
import type { Caller } from './scopes.ts';
import { serveEvents } from './sse.ts';
import { lookOrWait } from './waiting.ts';

const example = {
  events: [
    {
      specversion: '1.0',
      id: '1093',
      source: '/systems/crm',
      type: 'dev.syncline.order.updated',
      subject: 'ord_01JD',
      time: '2026-11-23T05:02:00.000Z',
      datacontenttype: 'application/json',
      recordversion: 4,
      data: { shipTo: { old: { shipTo: { street: '•••' } }, new: { shipTo: { street: '•••' } } } },
    },
  ],
  next: 'e7.1093',
};

export function stream(deps: GatewayDeps): Route[] {
  return [
    route(
      {
        method: 'get',
        path: '/v1/changes',
        tag: 'Changes',
        summary: 'Follow every change',
        description:
          'CloudEvents 1.0. Never skips, never reorders; the same cursor gives the same page. `Prefer: wait=30` waits for something. ' +
          '`Accept: text/event-stream` streams; the id of each event is the cursor after it, so `Last-Event-ID` resumes. A cursor of another epoch: 410 with `restart`.',
        access: { any: ['read'] },
        query: streamQuery,
        headers: { Prefer: '`wait=<seconds>`, at most 60', 'Last-Event-ID': 'Event streams: where to go on' },
        answer: {
          status: 200,
          description: 'A page of events, or a stream of them',
          content: {
            'application/json': { schema: changeEvents, example },
            'text/event-stream': { schema: z.string() },
          },
        },
      },
      (c, call) => {
        const resume = c.req.header('last-event-id');
        if (call.produce !== 'text/event-stream') return servePage(c, deps, call.query, call.caller);
        return serveEvents(c, deps, {
          query: resume === undefined ? call.query : { ...call.query, after: resume },
          caller: call.caller,
        });
      },
    ),
  ];
}

async function servePage(c: Context, deps: GatewayDeps, asked: StreamQuery, caller: Caller): Promise<Response> {
  const look = { look: () => readPage(deps, asked), empty: (one: ChangesPage) => one.changes.length === 0 };
  const page = await lookOrWait(c, deps, look);
  const events = page.changes.map((change) => cloudEvent(change, caller));
  return answerJson({ events, next: page.next }, 200, { link: nextLink(c, deps, page.next) });
}
