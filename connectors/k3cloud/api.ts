// How Kingdee K3Cloud is called: every answer is HTTP 200, and says inside whether it is a good one.
import { textAt, textIn } from '../../src/connector/answer.ts';
import { askJson, otherwise, type Sending } from '../../src/connector/ask-json.ts';
import type { Credentials } from '../../src/connector/auth.ts';
import { treesAt } from '../../src/connector/compare.ts';
import { ConnectorError } from '../../src/connector/contract.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { type Lossless, type LosslessObject, parseJson, stringifyJson } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import type { KingdeeContext, KingdeeSettings } from './settings.ts';

export const form = 'SAL_SaleOrder';

const pathOf = ({ url }: KingdeeSettings, stub: string): string =>
  `${url.path}/Kingdee.BOS.WebApi.ServicesStub.${stub}.common.kdsvc`;

/** @param parameters objects go as texts of JSON */
async function call(context: KingdeeContext, method: string, parameters: Lossless[], sending?: Sending) {
  const { settings } = context;
  const { answer, tree } = await askJson(context, {
    ...{ method: 'POST', origin: settings.url.origin, path: pathOf(settings, `DynamicFormService.${method}`) },
    ...{ what: method, sending, body: { parameters } },
  });
  const detail = { status: answer.status, body: answer.excerpt() };
  const status = statusIn(tree);
  if (status && getPath(status, ['IsSuccess']) !== true)
    throw new ConnectorError(isLost(status) ? 'unauthorized' : 'rejected', wordsOf(status), detail);
  return { tree, detail, isGood: status !== undefined };
}

/** What a query says when it fails lies in one list or two. */
const statusIn = (tree: Lossless): Lossless | undefined =>
  [[], ['0'], ['0', '0']]
    .map((way) => getPath(tree, [...way, 'Result', 'ResponseStatus']))
    .find((one) => one !== undefined);

const wordsOf = (status: Lossless): string =>
  treesAt(status, ['Errors'])
    .flatMap((error) => textAt(error, ['Message']) ?? [])
    .join('; ')
    .slice(0, 300) || 'a refusal without words';

/** Of the codes in its answers only this one is known to mean the same everywhere: the session is lost, nothing was done. */
const isLost = (status: Lossless): boolean => textAt(status, ['MsgCode']) === '1';

/** @returns the result of a write that it says was done. @throws ConnectorError unclear where it does not say */
export async function write(context: KingdeeContext, method: string, body: LosslessObject, sending: Sending) {
  const { tree, detail, isGood } = await call(context, method, [form, stringifyJson(body)], sending);
  if (isGood) return getPath(tree, ['Result']) ?? null;
  throw new ConnectorError(otherwise({ sending }), `the answer to ${method} says nothing of its success`, detail);
}

export interface Query {
  fields: readonly string[];
  filter: string;
  order: string;
  start?: number;
  limit: number;
}

/** @returns rows of values, in the order of the fields */
export async function query(context: KingdeeContext, { fields, filter, order, start = 0, limit }: Query) {
  const asked = { FormId: form, FieldKeys: fields.join(','), FilterString: filter, OrderString: order };
  const page = { TopRowCount: 0, StartRow: start, Limit: limit };
  const { tree, detail } = await call(context, 'ExecuteBillQuery', [stringifyJson({ ...asked, ...page })]);
  const rows = Array.isArray(tree) ? tree.filter(Array.isArray) : [];
  if (Array.isArray(tree) && rows.length === tree.length) return rows;
  throw new ConnectorError('unknown', 'the answer to ExecuteBillQuery is no list of rows', detail);
}

/** A quote inside a text of a filter is written twice. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export function credentialsOf(settings: KingdeeSettings): Credentials {
  const { acctId, username, password, app, lcid, url } = settings;
  const parameters = app ? [acctId, username, app.id, app.secret, lcid] : [acctId, username, password ?? '', lcid];
  return {
    login: {
      origin: url.origin,
      path: pathOf(settings, `AuthService.${app ? 'LoginByAppSecret' : 'ValidateUser'}`),
      body: JSON.stringify({ parameters }),
      token: sessionIn,
      header: (session) => ['cookie', `kdservice-sessionid=${session}`],
      // Not `shared`: nothing says that two machines may use one session.
      isOver: (answer) => {
        const status = statusOf(answer.text());
        return status !== undefined && isLost(status);
      },
    },
  };
}

function statusOf(text: string): Lossless | undefined {
  // Most answers are good and long.
  if (!text.includes('"MsgCode"')) return undefined;
  try {
    return statusIn(parseJson(text));
  } catch {
    return undefined;
  }
}

/** A refused login is HTTP 200 too. */
function sessionIn(answer: HttpAnswer): string {
  const [result, session] = [textIn(answer.text(), ['LoginResultType']), textIn(answer.text(), ['KDSVCSessionId'])];
  if (result === '1' && session !== undefined) return session;
  const words = textIn(answer.text(), ['Message']);
  throw new ConnectorError('unauthorized', words ?? 'the answer to the login holds no session');
}
