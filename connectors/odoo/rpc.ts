// How Odoo is called, by `/json/2` or `/jsonrpc`, and what its answers mean.
import { textAt, textIn } from '../../src/connector/answer.ts';
import { askJson, type Sending } from '../../src/connector/ask-json.ts';
import type { Credentials } from '../../src/connector/auth.ts';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/contract.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { askRpc } from '../../src/connector/json-rpc.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import type { OdooContext, OdooSettings } from './settings.ts';

export interface Call {
  model: string;
  method: string;
  ids?: number[];
  /** By name; those of `create` and `write` have one, which `/jsonrpc` takes by its place. */
  args?: LosslessObject;
  /** The push that a write belongs to; undefined for a question. */
  sending?: Sending | undefined;
}

/** @returns what the method returns */
export const call = (context: OdooContext, asked: Call): Promise<Lossless> =>
  context.settings.uid === undefined ? callByName(context, asked) : callByPlace(context, asked);

/** A cancel asks back otherwise, and does nothing; only a question is also about what was archived. */
const frameOf = ({ sending }: Call): LosslessObject =>
  sending === undefined ? { active_test: false } : { disable_cancel_warning: true };

async function callByName(context: OdooContext, asked: Call): Promise<Lossless> {
  const { url, database } = context.settings;
  const { model, method, ids, args, sending } = asked;
  const { tree } = await askJson(context, {
    ...{ method: 'POST', origin: url.origin, path: `${url.path}/json/2/${model}/${method}` },
    ...{ what: `${model}.${method}`, sending, refusal: refusalIn, headers: { 'x-odoo-database': database } },
    body: { ...(ids && { ids }), context: frameOf(asked), ...args },
  });
  return tree;
}

function callByPlace(context: OdooContext, asked: Call): Promise<Lossless> {
  const { url, database, uid = 0, apiKey } = context.settings;
  const { model, method, ids, args = {}, sending } = asked;
  const isWrite = method === 'create' || method === 'write';
  const [places, names] = isWrite ? [Object.values(args), {}] : [[], args];
  const parameters = [[...(ids ? [ids] : []), ...places], { ...names, context: frameOf(asked) }];
  const params = {
    service: 'object',
    method: 'execute_kw',
    args: [database, uid, apiKey, model, method, ...parameters],
  };
  const request = { origin: url.origin, path: `${url.path}/jsonrpc`, what: `${model}.${method}`, sending };
  return askRpc(context, { ...request, body: { jsonrpc: '2.0', id: 1, method: 'call', params } }, (fault) => {
    const data = getPath(fault.error, ['data']) ?? null;
    const words = textAt(data, ['message']) ?? textAt(fault.error, ['message']) ?? 'an error without words';
    return new ConnectorError(kindOf(textAt(data, ['name'])) ?? fault.otherwise, words, fault.detail);
  });
}

/** By the exception's name; whatever else Odoo raises is not guessed at. All of it is rolled back. */
const kinds: Readonly<Record<string, ConnectorErrorKind>> = {
  'odoo.exceptions.UserError': 'rejected',
  'odoo.exceptions.ValidationError': 'rejected',
  'odoo.exceptions.AccessError': 'forbidden',
  'odoo.exceptions.AccessDenied': 'unauthorized',
  'odoo.exceptions.MissingError': 'not_found',
};

const kindOf = (name: string | undefined): ConnectorErrorKind | undefined =>
  name !== undefined && Object.hasOwn(kinds, name) ? kinds[name] : undefined;

/** `/json/2` answers with a status beside the exception. An unknown model or method is no missing object. */
function refusalIn(answer: HttpAnswer): ConnectorError | undefined {
  const { status } = answer;
  const kind = kindOf(textIn(answer.text(), ['name'])) ?? (status === 404 ? 'rejected' : undefined);
  const words = textIn(answer.text(), ['message']) ?? `${status}`;
  return kind && new ConnectorError(kind, words, { status, body: answer.excerpt() });
}

/** `/jsonrpc` has its key in the body. */
export const credentialsOf = ({ uid, apiKey }: OdooSettings): Credentials =>
  uid === undefined ? { auth: { bearer: apiKey } } : {};
