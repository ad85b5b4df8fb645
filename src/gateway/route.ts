// One route: what it asks for, what it answers, its handler. The same object serves requests and describes itself.
import type { Context } from 'hono';
import { z } from 'zod';
import type { Fault } from '../core/core.ts';
import { ProblemError } from '../core/problem.ts';
import { refuseForeignPage } from './foreign-pages.ts';
import { negotiate } from './headers.ts';
import type { KeyRing } from './keys.ts';
import { problemIn, refuse, refuseFaults } from './problem.ts';
import { type Access, anyone, type Caller, isOpen, refusal } from './scopes.ts';

export interface Content {
  schema: z.ZodType;
  example?: unknown;
}

export interface RouteSpec<Q extends z.ZodObject = z.ZodObject> {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** With `:name` for what varies. */
  path: string;
  tag: string;
  summary: string;
  description?: string;
  access: Access;
  query?: Q;
  headers?: Record<string, string>;
  /** By media type. */
  body?: Record<string, Content>;
  /** The success, by media type; without content the status alone is the answer. */
  answer: { status: number; description: string; content?: Record<string, Content> };
  /** False: a HEAD would act like a GET, so it is refused. */
  head?: boolean;
}

export interface Call<Q> {
  caller: Caller;
  query: Q;
  /** The media type to answer with. */
  produce: string;
}

export interface Route extends RouteSpec {
  serve(c: Context, call: Call<unknown>): Response | Promise<Response>;
}

export function route<Q extends z.ZodObject>(
  spec: RouteSpec<Q>,
  serve: (c: Context, call: Call<z.output<Q>>) => Response | Promise<Response>,
): Route {
  return { ...spec, serve: serve as Route['serve'] };
}

/** Everything that comes before a handler, in order: key, scope, page, parameters, formats. No middleware chain: this is hot. */
export function guard(
  one: Route,
  { keys, publicUrl }: { keys: KeyRing; publicUrl?: string },
): (c: Context) => Response | Promise<Response> {
  const changes = one.method !== 'get';
  const offered = Object.keys(one.answer.content ?? {});
  return (c) => {
    const caller = admit(c, one.access, keys);
    if (!isOpen(one.access)) refuseForeignPage(c, { changes, open: keys.open, publicUrl });
    if (one.head === false && c.req.raw.method === 'HEAD') throw methodNotAllowed('GET');
    const query = readQuery(c, one.query);
    const produce = negotiate(c.req.header('accept'), offered);
    if (produce === undefined && offered.length > 0) {
      throw refuse('not-acceptable', `this is available as ${offered.join(', ')}`);
    }
    const answer = one.serve(c, { caller, query, produce: produce ?? '' });
    return answer instanceof Promise ? answer.catch(rethrow) : answer;
  };
}

/** Hono lets only Errors reach its error handler; what crossed a thread boundary may have become plain data. */
function rethrow(error: unknown): never {
  const problem = problemIn(error);
  throw error instanceof Error || problem === undefined ? error : new ProblemError(problem);
}

/** 401 before 403. */
function admit(c: Context, access: Access, keys: KeyRing): Caller {
  if (isOpen(access)) return anyone;
  const caller = authenticate(c, keys);
  const why = refusal(caller, access, c.req.param('system'));
  if (why !== undefined) throw refuse('forbidden', why);
  return caller;
}

/** @throws EdgeProblem 401 */
export function authenticate(c: Context, keys: KeyRing): Caller {
  const caller = keys.authenticate(c.req.header('authorization'));
  if (caller === undefined) throw unauthenticated();
  return caller;
}

/** Basic first: Chromium reads one challenge of a header, and asks its user for nothing if that is not one it knows. */
const challenges = 'Basic realm="syncline", charset="UTF-8", Bearer realm="syncline"';

const unauthenticated = () =>
  refuse('unauthenticated', 'send Authorization: Bearer <key>, or Basic with the name and the secret of a key', {
    headers: { 'www-authenticate': challenges },
  });

export const methodNotAllowed = (allow: string) =>
  refuse('method-not-allowed', `allowed here: ${allow}`, { headers: { allow } });

const noQuery = z.strictObject({});

/** Every fault at once: repeated, unknown and unreadable parameters. */
function readQuery(c: Context, schema: z.ZodObject = noQuery): unknown {
  const start = c.req.url.indexOf('?');
  if (start < 0 && schema === noQuery) return {};
  const pairs = start < 0 ? [] : [...new URLSearchParams(c.req.url.slice(start + 1))];
  const faults: Fault[] = [];
  const given = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (given.has(name)) faults.push({ path: `?${name}`, message: 'is given more than once' });
    else if (!Object.hasOwn(schema.shape, name)) faults.push({ path: `?${name}`, message: unknownParameter(schema) });
    else given.set(name, value);
  }
  const read = schema.safeParse(Object.fromEntries(given));
  if (!read.success)
    faults.push(...read.error.issues.map(({ path, message }) => ({ path: `?${path.join('.')}`, message })));
  if (faults.length > 0) throw refuseFaults(faults);
  return read.data;
}

function unknownParameter(schema: z.ZodObject): string {
  const known = Object.keys(schema.shape);
  return known.length === 0
    ? 'is not known; this route takes no parameters'
    : `is not known; known: ${known.join(', ')}`;
}
