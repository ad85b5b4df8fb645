// A browser acts for whatever page is open in it: with the Basic credentials it keeps, or beside a hub that needs none.
import { isIP } from 'node:net';
import type { Context } from 'hono';
import { refuse } from './problem.ts';

export interface PageRule {
  /** The route may change something. */
  changes: boolean;
  /** The hub asks nobody for a key. */
  open: boolean;
  publicUrl?: string | undefined;
}

/** @throws EdgeProblem 403 */
export function refuseForeignPage(c: Context, { changes, open, publicUrl }: PageRule): void {
  // Programs send no Origin; browsers do with everything that may change something.
  const origin = changes ? c.req.header('origin') : undefined;
  if (origin !== undefined && !isOwn(origin, c, publicUrl))
    throw refuse('forbidden', `pages of ${origin.slice(0, 200)} may not act on this hub`);
  // A foreign name that leads to this machine would make a page of it one of ours.
  if (open && !isLoopbackName(new URL(c.req.url).hostname))
    throw refuse('forbidden', 'without a key the hub answers under the names of its own machine only, as localhost');
}

function isOwn(origin: string, c: Context, publicUrl: string | undefined): boolean {
  // A sandboxed page says `null`.
  if (!URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  return host === new URL(c.req.url).host || (publicUrl !== undefined && host === new URL(publicUrl).host);
}

const isLoopbackName = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'));
