// Finds the handler for a method and a path.
import { type Answer, type Asked, fail, parse, type Routes, type Row } from './exchange.ts';

export type Find = (asked: Omit<Asked, 'params' | 'body'> & { text: string }) => Answer;

export function createFinder(routes: Routes): Find {
  const table = Object.entries(routes).map(([key, handle]) => {
    const [method = '', pattern = ''] = key.split(' ');
    return { method, parts: pattern.split('/'), handle };
  });
  return ({ method, path, query, text }) => {
    const parts = path.split('/').map(decode);
    const fits = table.filter((route) => route.parts.length === parts.length && route.parts.every(stands(parts)));
    const route = fits.find((one) => one.method === method);
    if (!route) return fail(fits.length > 0 ? 405 : 404, `there is no ${method} ${path}`);
    const body = text === '' ? {} : parse(text);
    if (!isRow(body)) return fail(400, 'the body is no JSON object');
    return route.handle({ method, path, params: paramsOf(route.parts, parts), query, body });
  };
}

const isRow = (body: unknown): body is Row => typeof body === 'object' && body !== null && !Array.isArray(body);

const stands = (parts: readonly string[]) => (part: string, at: number) => part.startsWith(':') || part === parts[at];

const paramsOf = (pattern: readonly string[], parts: readonly string[]): Record<string, string> =>
  Object.fromEntries(pattern.flatMap((part, at) => (part.startsWith(':') ? [[part.slice(1), parts[at] ?? '']] : [])));

/** A path that is not well encoded names nothing. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
