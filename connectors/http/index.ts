// Any REST system, configured and without code.
import type { Verb } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { parseTemplate } from '../../src/connector/request-template.ts';
import { isGood } from '../../src/connector/status.ts';
import { verifiedWebhook } from '../../src/connector/webhook.ts';
import type { RecordType } from '../../src/model/records.ts';
import { call, refuse } from './call.ts';
import { fetch, find } from './find.ts';
import { list, poll } from './pages.ts';
import { push } from './push.ts';
import { type HttpContext, type HttpSettings, type RecordSettings, settings } from './settings.ts';
import { asks } from './verbs.ts';

export const http = defineConnector({
  name: 'http',
  title: 'Any REST system, by settings alone',
  settings,
  operations: 'configured',
  credentials: ({ auth, sign }) => ({ auth, sign }),

  records: (configured) => typesWith(configured, ({ create, update }) => create ?? update),
  writeStyle: ({ records }, record) => (records[record]?.update?.method === 'PATCH' ? 'changes' : 'whole'),
  repeatSafe: ({ repeatSafe }) => repeatSafe,
  deletes: (configured) => typesWith(configured, (record) => record.delete),
  updates: (configured) => typesWith(configured, (record) => record.update),
  fetches: (configured) => typesWith(configured, (record) => record.fetch),
  lists: (configured) => typesWith(configured, (record) => record.list),
  polls: ({ records }) =>
    entries(records).flatMap(([record, { poll: polled }]) => (polled ? [{ record, everyMs: polled.every }] : [])),
  answers: (configured, verb: Verb) => typesWith(configured, (record) => record[verb]),

  push,
  // The body is that of /changes and is read where the store is; here only its signature counts.
  receive: async (request, { settings: { webhook }, now }) => verifiedWebhook(request, webhook, now()),
  poll,
  fetch,
  find,
  list,
  check,
  ask: asks('ask'),
  hold: asks('hold'),
  cancel: asks('cancel'),
  transition: asks('transition'),
});

const entries = (records: HttpSettings['records']): [RecordType, RecordSettings][] =>
  Object.entries(records).filter((entry) => entry[1] !== undefined) as [RecordType, RecordSettings][];

const typesWith = ({ records }: HttpSettings, has: (record: RecordSettings) => unknown): RecordType[] =>
  entries(records)
    .filter(([, record]) => has(record) !== undefined)
    .map(([type]) => type);

async function check(context: HttpContext): Promise<void> {
  const { settings: configured } = context;
  const listed = entries(configured.records).find(([, record]) => record.list)?.[1].list?.request;
  const named = configured.check ?? listed;
  const request = { template: named ?? parseTemplate('GET /'), values: {} };
  const answer = await call(context, request);
  // Where nothing was named to ask for, being told that there is nothing is an answer too.
  const reached = named === undefined && [404, 405].includes(answer.status);
  if (!isGood(answer.status) && !reached) throw refuse(context, request, answer);
}
