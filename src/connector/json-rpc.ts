// JSON-RPC over the kit's HTTP client: errors come as HTTP 200, as a member beside the result.
import type { Lossless } from '../model/json.ts';
import { getPath } from '../model/paths.ts';
import { askJson, type JsonRequest, otherwise } from './ask-json.ts';
import type { ConnectorContext } from './contract.ts';
import { ConnectorError, type ConnectorErrorDetail, type ConnectorErrorKind } from './error.ts';

export interface RpcFault {
  error: Lossless;
  detail: ConnectorErrorDetail;
  /** For an error that is not known: `unknown` after a question, `unclear` after a write. */
  otherwise: ConnectorErrorKind;
}

/**
 * @param faultOf what the vendor's error means: those that are known, and none that is guessed
 * @returns the result; null where the system says null
 */
export async function askRpc(
  context: Pick<ConnectorContext, 'http' | 'signal' | 'now'>,
  request: Omit<JsonRequest, 'method'>,
  faultOf: (fault: RpcFault) => ConnectorError,
): Promise<Lossless> {
  const { answer, tree } = await askJson(context, { method: 'POST', ...request });
  const [error, result] = [getPath(tree, ['error']), getPath(tree, ['result'])];
  const detail = { status: answer.status, body: answer.excerpt() };
  if (error !== undefined) throw faultOf({ error, detail, otherwise: otherwise(request) });
  if (result !== undefined) return result;
  throw new ConnectorError(otherwise(request), `the answer to ${request.what} holds no result`, detail);
}
