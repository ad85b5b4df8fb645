// How answers are written: JSON with the headers every answer has, pages with links to the next.
import type { Context } from 'hono';
import type { RecordView } from '../core/core.ts';
import { maskPersonal } from '../model/fields.ts';
import type { GatewayDeps } from './deps.ts';
import { type Caller, holds } from './scopes.ts';

const jsonHeaders: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
};

export const answerJson = (value: unknown, status = 200, headers?: Record<string, string>): Response =>
  answerText(JSON.stringify(value), status, headers);

/** @param text JSON already written */
export const answerText = (text: string, status = 200, headers?: Record<string, string>): Response =>
  new Response(text, { status, headers: headers ? { ...jsonHeaders, ...headers } : jsonHeaders });

/** A page of a list; the link spares clients from reading the body for it. */
export function answerPage(c: Context, deps: GatewayDeps, page: { items: unknown[]; next: string | null }): Response {
  const link: Record<string, string> = page.next === null ? {} : { link: nextLink(c, deps, page.next) };
  return answerJson(page, 200, link);
}

/** RFC 8288, absolute: the same request with another `after`. */
export function nextLink(c: Context, deps: Pick<GatewayDeps, 'publicUrl'>, next: string, parameter = 'after'): string {
  const here = new URL(c.req.url);
  here.searchParams.set(parameter, next);
  return `<${deps.publicUrl ?? here.origin}${here.pathname}${here.search}>; rel="next"`;
}

/** Personal data is for those who may see it. */
export function maskRecord(view: RecordView, caller: Caller): RecordView {
  return holds(caller, 'pii') ? view : { ...view, data: maskPersonal(view.record, view.data) };
}

export const etagOf = (view: RecordView): string => `"${view.version}"`;

export const answerRecord = (view: RecordView, caller: Caller): Response =>
  answerJson(maskRecord(view, caller), 200, { etag: etagOf(view), 'cache-control': 'private, no-cache' });
