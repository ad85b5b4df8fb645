// Reads what a system answered: objects without losing a digit, ids as texts, and whether it speaks of our own key.
import { decodeUtf8, JsonFault, type Lossless, NumberText, parseJson } from '../model/json.ts';
import { getPath } from '../model/paths.ts';
import { ConnectorError } from './error.ts';
import type { HttpAnswer } from './http.ts';

/** Pages and objects that are read; the answer to a push is cut much shorter. */
export const readLimit = 8 * 1024 * 1024;

/** @throws ConnectorError when it is too long or not UTF-8 */
export function wholeText(answer: HttpAnswer): string {
  if (answer.truncated)
    throw new ConnectorError('unknown', `the answer is longer than ${answer.bytes.length} bytes`, {
      status: answer.status,
    });
  return readable(() => decodeUtf8(answer.bytes));
}

/** @throws ConnectorError when it is not JSON as we take it */
export const parseAnswer = (text: string): Lossless => readable(() => parseJson(text, { keys: 100_000 }));

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new ConnectorError('unknown', `the answer cannot be read: ${error.message}`, { cause: error });
  }
}

/** @returns a text or number as text, digit for digit */
export function textAt(tree: Lossless | undefined, path: readonly string[]): string | undefined {
  const value = getPath(tree, path);
  if (value instanceof NumberText) return value.text;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** @returns what {@link textAt} finds in JSON text; undefined also where the text is no JSON */
export function textIn(text: string, path: readonly string[]): string | undefined {
  try {
    return textAt(parseJson(text), path);
  } catch {
    return undefined;
  }
}

/** @throws ConnectorError unknown where there is no array */
export function arrayAt(tree: Lossless | undefined, path: readonly string[]): Lossless[] {
  const found = getPath(tree, path);
  if (Array.isArray(found)) return found;
  throw new ConnectorError('unknown', `the answer holds no array at ${path.join('.')}`);
}

/** @throws ConnectorError unclear: what was asked for was done, and nobody knows its name */
export function createdId(created: Lossless, path: readonly string[] = ['id']): string {
  const id = textAt(created, path);
  if (id !== undefined) return id;
  throw new ConnectorError('unclear', 'it was created, and the answer holds no id');
}

/** An array, an object that holds one, or the object itself where it has an id. */
export function objectsIn(
  answer: Lossless,
  { items, id }: { items: readonly string[] | undefined; id: readonly string[] },
): Lossless[] {
  const at = items ? getPath(answer, items) : answer;
  if (Array.isArray(at)) return at;
  if (at !== undefined && textAt(at, id) !== undefined) return [at];
  const usual = getPath(at, ['items']);
  return Array.isArray(usual) ? usual : [];
}

/** A conflict with ourselves: the answer names our key, as a header or anywhere in its body. */
export function conflictsWithOurs(answer: HttpAnswer, key: string): boolean {
  if (answer.status !== 409) return false;
  const header = answer.header('idempotency-key');
  return header === key || header === `"${key}"` || names(answer.text(), key);
}

/** The whole key: `…:1` does not stand in `…:12`. */
function names(text: string, key: string): boolean {
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + 1)) {
    if (!/\w/.test(text[at - 1] ?? '') && !/\w/.test(text[at + key.length] ?? '')) return true;
  }
  return false;
}

/** The bytes left, and no answer says what became of them. */
export function isUnanswered(error: unknown): error is ConnectorError {
  if (!(error instanceof ConnectorError) || !error.sent || error.status !== undefined) return false;
  return error.kind === 'unavailable' || error.kind === 'timeout' || error.kind === 'unknown';
}
