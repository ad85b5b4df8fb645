// How the Service Layer of SAP Business One is called (OData v4, `/b1s/v2`), what its errors mean, how a session is opened.
import { arrayAt, textAt, textIn } from '../../src/connector/answer.ts';
import { askJson, type JsonRequest } from '../../src/connector/ask-json.ts';
import type { Credentials } from '../../src/connector/auth.ts';
import { ConnectorError } from '../../src/connector/contract.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { faultOfAnswer } from '../../src/connector/status.ts';
import type { Lossless } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import type { SapContext, SapSettings } from './settings.ts';

type Asked = Pick<JsonRequest, 'method' | 'path' | 'body' | 'sending' | 'headers'>;

/** @param asked its path below the service root, e.g. `BusinessPartners('C-1')` */
export async function ask(context: SapContext, { path, ...asked }: Asked): Promise<Lossless> {
  const { origin, path: base } = context.settings.url;
  const what = `${asked.method} ${path.split('?')[0]}`;
  const request = { ...asked, origin, path: `${base}/b1s/v2/${path}`, what, refusal: refusalIn };
  return (await askJson(context, request)).tree;
}

/** @returns rows of a collection, from as many answers as the server makes of them, at most `size` */
export async function rowsOf(context: SapContext, path: string, size: number): Promise<Lossless[]> {
  const headers = { prefer: `odata.maxpagesize=${size}` };
  const rows: Lossless[] = [];
  for (let next: string | undefined = path; next !== undefined && rows.length < size; ) {
    const page: Lossless = await ask(context, { method: 'GET', path: next, headers });
    rows.push(...arrayAt(page, ['value']));
    next = pathIn(getPath(page, ['@odata.nextLink']) ?? getPath(page, ['odata.nextLink']));
  }
  return rows.slice(0, size);
}

/** Relative to the service root, or with it. */
const pathIn = (link: Lossless | undefined): string | undefined => textAt(link, [])?.replace(/^.*\/b1s\/v2\//, '');

/** In the system's own words: a text, or one of its languages. */
function refusalIn(answer: HttpAnswer): ConnectorError | undefined {
  const { status } = answer;
  const words = textIn(answer.text(), ['error', 'message']) ?? textIn(answer.text(), ['error', 'message', 'value']);
  // It was read a moment ago: the next attempt reads it anew.
  if (status === 412) return faultOfAnswer(answer, '', 0).as('unavailable', { message: words ?? '412', sent: false });
  return status === 400 && words !== undefined
    ? new ConnectorError('rejected', words, { status, body: answer.excerpt() })
    : undefined;
}

/** A session ends after some idle time (30 minutes unless configured otherwise); its code came with either sign. */
const isOver = (answer: HttpAnswer): boolean => /^-?301$/.test(textIn(answer.text(), ['error', 'code']) ?? '');

export const credentialsOf = ({ url, companyDb, login }: SapSettings): Credentials => ({
  login: {
    origin: url.origin,
    path: `${url.path}/b1s/v2/Login`,
    body: JSON.stringify({ CompanyDB: companyDb, UserName: login.username, Password: login.password }),
    token: cookiesIn,
    header: (cookies) => ['cookie', cookies],
    // Not `shared`: nothing says that two machines may use one session, and ROUTEID binds it to one node of theirs.
    isOver,
  },
});

/** The load balancer's cookie keeps the session on the node that has it. */
function cookiesIn(answer: HttpAnswer): string {
  const session = textIn(answer.text(), ['SessionId']);
  if (session === undefined) throw new ConnectorError('unauthorized', 'the answer to the login holds no session');
  const route = /\bROUTEID=([^;,\s]+)/.exec(answer.header('set-cookie') ?? '')?.[1];
  return `B1SESSION=${session}${route === undefined ? '' : `; ROUTEID=${route}`}`;
}
