// How the Admin API is asked, what its answers mean, and how a session is opened.
import { textAt, textIn } from '../../src/connector/answer.ts';
import type { Credentials } from '../../src/connector/auth.ts';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/contract.ts';
import { askGraphQL, type GraphQLDocument, type GraphQLRequest } from '../../src/connector/graphql.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import { login as loginDocument, type Mutation } from './documents.ts';
import type { VendureContext, VendureSettings } from './settings.ts';

/** Those that were seen; what any other code means is not guessed. */
const kinds: Record<string, ConnectorErrorKind> = {
  FORBIDDEN: 'forbidden',
  ENTITY_NOT_FOUND: 'not_found',
  USER_INPUT_ERROR: 'rejected',
};

const apiOf = ({ settings }: VendureContext) => ({ url: settings.url, kinds });

export const read = (context: VendureContext, document: GraphQLDocument, variables: LosslessObject = {}) =>
  askGraphQL(context, apiOf(context), { document, variables });

export type Sending = NonNullable<GraphQLRequest['sending']>;

/** @throws ConnectorError rejected in Vendure's words; unclear for an answer that is not known */
export async function write(
  context: VendureContext,
  sending: Sending,
  document: Mutation,
  variables: LosslessObject,
): Promise<Lossless> {
  const result = await askGraphQL(context, apiOf(context), { document, variables, sending });
  const type = textAt(result, ['__typename']);
  if (type === document.wanted) return result;
  const code = textAt(result, ['errorCode']);
  // The reason of a refused transition stands beside the general message.
  const words = ['message', 'transitionError'].flatMap((member) => textAt(result, [member]) ?? []);
  if (code !== undefined) throw new ConnectorError('rejected', words.join(': ') || code, { status: 200 });
  const what = `${document.field} answers ${type ?? 'nothing'} instead of ${document.wanted}`;
  throw new ConnectorError('unclear', what, { status: 200 });
}

/** An API key goes with every request; a session's token is asked for once. */
export const credentialsOf = ({ url, apiKey, login }: VendureSettings): Credentials => ({
  auth: apiKey === undefined ? undefined : { header: { name: 'vendure-api-key', value: apiKey } },
  login: login && {
    // A session is a row of its database, looked up by the token whoever asks.
    ...({ ...url, shared: true } as const),
    body: JSON.stringify({ query: loginDocument.text, variables: login }),
    token: tokenIn,
    header: (token) => ['authorization', `Bearer ${token}`],
    // A session that ended and a missing permission look the same: a fresh session tells them apart.
    isOver: (answer) => answer.status === 200 && answer.text().includes('"FORBIDDEN"'),
  },
});

function tokenIn(answer: HttpAnswer): string {
  const token = answer.header('vendure-auth-token') ?? '';
  if (token !== '') return token;
  const words = textIn(answer.text(), ['data', loginDocument.field, 'message']);
  throw new ConnectorError('unauthorized', words ?? 'the answer to the login holds no token');
}
