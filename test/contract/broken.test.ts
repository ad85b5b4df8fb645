// The suite can fail: connectors with one sin each, and the case that must see it.
import { describe, expect, it } from 'vitest';
import { http } from '../../connectors/http/index.ts';
import {
  type Connector,
  ConnectorError,
  type InboundChange,
  type Pushed,
  type PushResult,
} from '../../src/connector/contract.ts';
import { natural, polling, safe } from '../connectors/http/subjects.ts';
import { connectorCases } from './connector/cases.ts';
import { openScene } from './connector/scene.ts';
import type { ConnectorSubject } from './connector/subject.ts';

type Sin = (good: Required<Connector>) => Partial<Connector>;

type Poll = Required<Connector>['poll'];

/** What changed, the oldest first, each once. */
async function everything(poll: Poll, on: Parameters<Poll>[1]): Promise<InboundChange[]> {
  const found = new Map<string | undefined, InboundChange>();
  for (let cursor: string | undefined; ; ) {
    const page = await poll({ record: 'order', cursor, now: 0 }, on);
    for (const item of page.items) found.set(item.id, item);
    if (!page.more) return [...found.values()].sort((a, b) => String(a.at).localeCompare(String(b.at)));
    ({ cursor } = page);
  }
}

type PushMany = Required<Connector>['pushMany'];

const manyBy =
  (push: Required<Connector>['push']): PushMany =>
  async (sends, on) => {
    const results: PushResult[] = [];
    for (const send of sends) results.push(await settled(push(send, on)));
    return results;
  };

/** It sends no batches: this shows that the cases for them can be passed, and failed. */
const batching = (subject: ConnectorSubject): ConnectorSubject => ({
  ...subject,
  connector: {
    ...http,
    batches: () => ({ size: 3, operations: ['create', 'update'] }),
    pushMany: manyBy((http as Required<Connector>).push),
  },
});

const settled = async (pushing: Promise<Pushed>): Promise<PushResult> => {
  try {
    return { pushed: await pushing };
  } catch (error) {
    return { error: error as Error };
  }
};

const swallow = (): Pushed => ({ status: 200 });

const sins: [sin: string, found: string, ConnectorSubject, Sin][] = [
  [
    'another key for each try',
    'create_repeats',
    safe,
    ({ push }) => {
      let tries = 0;
      return {
        push: (send, on) => {
          tries += 1;
          return push({ ...send, key: `${send.key}:${tries}` }, on);
        },
      };
    },
  ],
  [
    'a create that is not looked for',
    'create_unanswered',
    natural,
    ({ push }) => ({
      push: (send, on) => push({ ...send, repeat: false }, on),
    }),
  ],
  [
    'a create that is sent as it likes',
    'create_unanswered',
    polling,
    ({ push }) => ({
      push: (send, on) => push(send, on).catch(() => push(send, on)),
    }),
  ],
  [
    'a batch that fails as one',
    'partial_batch',
    batching(safe),
    ({ push }) => ({
      pushMany: async (sends, on) =>
        (await Promise.all(sends.map((send) => push(send, on)))).map((pushed) => ({ pushed })),
    }),
  ],
  [
    'a batch that is sent anew',
    'batch_unanswered',
    batching(polling),
    ({ push }) => ({ pushMany: manyBy((send, on) => push(send, on).catch(() => push(send, on))) }),
  ],
  ['a push that does nothing', 'update_repeats', safe, () => ({ push: async () => swallow() })],
  [
    'a missing object that is passed over',
    'update_missing',
    safe,
    ({ push }) => ({
      push: (send, on) => push(send, on).catch(swallow),
    }),
  ],
  [
    'a delete that says not_found',
    'delete_repeats',
    safe,
    ({ push }) => ({
      push: async (send, on) => {
        if (send.op === 'delete' && send.repeat) throw new ConnectorError('not_found', 'gone');
        return push(send, on);
      },
    }),
  ],
  [
    'words of its own',
    'refused',
    safe,
    ({ push }) => ({
      push: (send, on) =>
        push(send, on).catch((error) => {
          throw new ConnectorError(error.kind, 'it failed');
        }),
    }),
  ],
  [
    'null left out',
    'sparse',
    natural,
    ({ push }) => ({
      push: (send, on) => push({ ...send, body: send.body.replace(/"street":null/, '"none":1') }, on),
    }),
  ],
  [
    'a poll of one page',
    'poll_pages',
    polling,
    ({ poll }) => ({
      poll: async (request, on) => ({ ...(await poll(request, on)), more: false }),
    }),
  ],
  [
    'a cursor that runs ahead',
    'poll_quiet',
    polling,
    ({ poll }) => ({
      poll: async (request, on) => {
        const page = await poll(request, on);
        return page.more ? page : { ...page, cursor: '2027-01-01T00:00:00.000Z' };
      },
    }),
  ],
  [
    'pages that are counted',
    'poll_moved',
    polling,
    ({ poll }) => ({
      poll: async (request, on) => {
        const skip = Number(request.cursor ?? 0);
        const page = (await everything(poll, on)).slice(skip, skip + 3);
        return { items: page, cursor: String(skip + page.length), more: page.length === 3 };
      },
    }),
  ],
  [
    'a round that is cut short',
    'poll_meanwhile',
    polling,
    ({ poll }) => {
      let pages = 0;
      return {
        poll: async (request, on) => {
          pages += 1;
          const page = await poll(request, on);
          return pages === 2 ? { ...page, more: false, cursor: new Date(request.now).toISOString() } : page;
        },
      };
    },
  ],
  [
    'a cursor that is not used',
    'poll_future',
    polling,
    ({ poll }) => ({
      poll: ({ cursor, ...request }, on) =>
        poll({ ...request, cursor: cursor?.startsWith('>') ? cursor : undefined }, on),
    }),
  ],
  [
    'no look back',
    'poll_overlap',
    polling,
    ({ poll }) => ({
      poll: ({ cursor, ...request }, on) =>
        poll({ ...request, cursor: cursor && !cursor.startsWith('>') ? `>${cursor}` : cursor }, on),
    }),
  ],
  [
    'a list that begins anew',
    'list_pages',
    safe,
    ({ list }) => ({
      list: ({ record }, on) => list({ record, cursor: undefined }, on),
    }),
  ],
  [
    'a fetch that makes things up',
    'fetch',
    safe,
    ({ fetch }) => ({
      fetch: async (reference, on) => (await fetch(reference, on)) ?? '{}',
    }),
  ],
  [
    'a find that takes anything',
    'find',
    safe,
    ({ find }) => ({
      find: async (reference, on) => (await find(reference, on)) ?? '1',
    }),
  ],
  [
    'nulls that are dropped',
    'read_sparse',
    safe,
    ({ fetch }) => ({
      fetch: async (reference, on) => (await fetch(reference, on))?.replace(/"note":null,/, ''),
    }),
  ],
  [
    'fields that are dropped',
    'read_extra',
    safe,
    ({ fetch }) => ({
      fetch: async (reference, on) => (await fetch(reference, on))?.replace('"extension"', '"other"'),
    }),
  ],
  [
    'a signature that nobody looks at',
    'webhook_altered',
    polling,
    () => ({
      receive: async ({ body }) => ({ raw: Buffer.from(body).toString(), dedupeId: 'msg_1' }),
    }),
  ],
  [
    'a timestamp that nobody looks at',
    'webhook_old',
    polling,
    ({ receive }) => ({
      receive: (request, on) =>
        receive(request, { ...on, now: () => Number(request.headers['webhook-timestamp']) * 1000 }),
    }),
  ],
  [
    'Retry-After that is forgotten',
    'throttled_seconds',
    safe,
    ({ push }) => ({
      push: (send, on) =>
        push(send, on).catch((error) => {
          throw new ConnectorError(error.kind, error.message);
        }),
    }),
  ],
  [
    'a request that is sent again',
    'token_renewed',
    natural,
    ({ credentials }) => ({
      credentials: (settings) => ({ ...credentials(settings), auth: { bearer: 'token-1' } }),
    }),
  ],
  [
    'a system that is down for a refusal',
    'down',
    safe,
    ({ push }) => ({
      push: (send, on) =>
        push(send, on).catch(() => {
          throw new ConnectorError('rejected', 'no');
        }),
    }),
  ],
  [
    '401 for a refusal',
    'unauthorized',
    safe,
    ({ push }) => ({
      push: (send, on) =>
        push(send, on).catch(() => {
          throw new ConnectorError('rejected', 'no');
        }),
    }),
  ],
  [
    'a secret in an error',
    'errors_masked',
    safe,
    ({ push }) => ({
      push: (send, on) =>
        push(send, on).catch((error) => {
          throw new ConnectorError('rejected', `${error.message} ${JSON.stringify(on.settings)}`);
        }),
    }),
  ],
];

describe('the contract', () => {
  it.each(sins)('finds %s', async (_, id, subject, sin) => {
    const good = http as Required<Connector>;
    const connector = { ...subject.connector, ...sin(good) } as Connector;
    const prove = connectorCases.find((one) => one.id === id)?.prove;
    expect(await provable(subject, prove)).toBe(true);
    expect(await provable({ ...subject, connector }, prove)).toBe(false);
  });

  it('has a sin for most of its cases', () => {
    const found = new Set(sins.map(([, id]) => id));
    const unproved = connectorCases.map(({ id }) => id).filter((id) => !found.has(id));
    expect(unproved.sort()).toEqual([...harmless].sort());
  });
});

/** Proved by the kit's own tests, or by the case that looks at the same thing from the other side. */
const harmless = new Set([
  ...['update_unanswered', 'webhook', 'webhook_stranger', 'throttled_date'],
  ...['silent', 'trickling', 'reset', 'refused_http', 'wrong_credentials', 'stall', 'settings_masked'],
]);

async function provable(
  subject: ConnectorSubject,
  prove: ((scene: Awaited<ReturnType<typeof openScene>>) => Promise<void>) | undefined,
): Promise<boolean> {
  const scene = await openScene(subject);
  try {
    await prove?.(scene);
    return prove !== undefined;
  } catch {
    return false;
  } finally {
    await scene.close();
  }
}
