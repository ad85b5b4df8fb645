// The change stream as server-sent events: a reader that is slow or gone costs one page, never a backlog.
import type { Context } from 'hono';
import type { ChangesPage } from '../core/core.ts';
import { cloudEvent, readPage, type StreamQuery } from './change-events.ts';
import type { GatewayDeps } from './deps.ts';
import type { Caller } from './scopes.ts';
import { anyOf, lookUntil } from './waiting.ts';

/** Proxies give up on connections that are silent for a minute. */
const heartbeatMs = 15_000;
const hello = 'retry: 2000\n\n';

export async function serveEvents(
  c: Context,
  deps: GatewayDeps,
  asked: { query: StreamQuery; caller: Caller },
): Promise<Response> {
  const { query, caller } = asked;
  // Read before the first byte leaves: a bad cursor still gets its status.
  let pending: ChangesPage | undefined = await readPage(deps, query);
  let cursor = query.after;
  const gone = anyOf(c.req.raw.signal, deps.closing);
  // A stream may last for days: its key is looked at again before anything of it leaves.
  const authorization = c.req.header('authorization');
  const isOver = (): boolean => gone.signal.aborted || deps.keys.authenticate(authorization) === undefined;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes(hello)),
    // Called when the reader has room, so nothing piles up here.
    pull: async (controller) => {
      const page = pending ?? (await nextPage(deps, { ...query, after: cursor }, gone.signal));
      pending = undefined;
      cursor = page.next;
      if (!isOver()) return controller.enqueue(bytes(page.changes.length === 0 ? ':\n\n' : textOf(page, caller)));
      gone.release();
      controller.close();
    },
    cancel: () => gone.abort(),
  });
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  });
}

const encoder = new TextEncoder();
const bytes = (text: string): Uint8Array => encoder.encode(text);

/** The next changes, or an empty page when it is time for a heartbeat. */
function nextPage(deps: GatewayDeps, asked: StreamQuery, gone: AbortSignal): Promise<ChangesPage> {
  const look = () => readPage(deps, asked);
  const until = deps.clock.now() + heartbeatMs;
  return lookUntil(deps, { look, empty: (page) => page.changes.length === 0 }, { until, gone });
}

function textOf(page: ChangesPage, caller: Caller): string {
  return page.changes
    .map(
      (change, index) =>
        `id: ${page.cursors[index] ?? page.next}\ndata: ${JSON.stringify(cloudEvent(change, caller))}\n\n`,
    )
    .join('');
}
