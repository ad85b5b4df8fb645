// How the Admin API is asked, what its answers mean, and how an app is known.
import { textAt } from '../../src/connector/answer.ts';
import type { Credentials } from '../../src/connector/auth.ts';
import { ConnectorError, type ConnectorErrorKind, type Send } from '../../src/connector/contract.ts';
import { askGraphQL, type GraphQLDocument, type GraphQLMutation, mutateGraphQL } from '../../src/connector/graphql.ts';
import { treeOf } from '../../src/connector/payload.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import type { One } from './documents.ts';
import type { ShopifyContext, ShopifySettings } from './settings.ts';

export type { ShopifyContext };

/** Those that Shopify documents; what any other code means is not guessed. */
const kinds: Record<string, ConnectorErrorKind> = { THROTTLED: 'throttled', ACCESS_DENIED: 'forbidden' };

const apiOf = ({ settings: { url, version } }: ShopifyContext) => ({
  url: { origin: url.origin, path: `${url.path}/admin/api/${version}/graphql.json` },
  kinds,
  waitMs,
});

/** A bucket of points that fills by so many a second: until it holds what the question may cost. */
function waitMs(answer: Lossless): number | undefined {
  const pointsAt = (...path: string[]) => Number(textAt(answer, ['extensions', 'cost', ...path]) ?? Number.NaN);
  const missing = pointsAt('requestedQueryCost') - pointsAt('throttleStatus', 'currentlyAvailable');
  const seconds = Math.max(missing, 1) / pointsAt('throttleStatus', 'restoreRate');
  return Number.isFinite(seconds) ? Math.ceil(seconds) * 1000 : undefined;
}

export const read = (context: ShopifyContext, document: GraphQLDocument, variables: LosslessObject) =>
  askGraphQL(context, apiOf(context), { document, variables });

export const globalId = (kind: string, id: string): string =>
  id.startsWith('gid://') ? id : `gid://shopify/${kind}/${id}`;

/** @throws ConnectorError not_found */
export async function readOne(context: ShopifyContext, one: One, id: string): Promise<LosslessObject> {
  const object = treeOf(await read(context, one, { id: globalId(one.kind, id) }));
  if (object) return object;
  throw new ConnectorError('not_found', `the shop has no ${one.kind} ${id}`, { status: 200 });
}

export const write = (context: ShopifyContext, sending: Send, document: GraphQLMutation, variables: LosslessObject) =>
  mutateGraphQL(context, apiOf(context), { document, variables, sending });

const name = 'x-shopify-access-token';

/** A daily token is had by the app's id and secret in the form, and goes where a lasting one goes. */
export function credentialsOf({ url, accessToken: value = '', app }: ShopifySettings): Credentials {
  const tokenUrl = `${url.origin}${url.path}/admin/oauth/access_token`;
  const auth = app ? { oauth2: { tokenUrl, ...app, credentialsIn: 'form' as const } } : { header: { name, value } };
  return { auth, tokenHeader: (token) => [name, token] };
}
