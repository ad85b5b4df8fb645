// The HTTP edge: one Hono app made of the routes of each resource.
import { type Context, Hono } from 'hono';
import { admin } from './admin.ts';
import { audit } from './audit.ts';
import { breakers } from './breakers.ts';
import { changesIn } from './changes-in.ts';
import { deadLetters } from './dead-letters.ts';
import { decisions } from './decisions.ts';
import type { GatewayDeps } from './deps.ts';
import { docsRoute } from './docs.ts';
import { feeds } from './feeds.ts';
import { health } from './health.ts';
import { lag } from './lag.ts';
import { metrics } from './metrics.ts';
import { describeRoutes, type OpenApi, openApiRoute } from './openapi.ts';
import { policies } from './policies.ts';
import { EdgeProblem, problemIn, problemResponse, problemTypes, refuse } from './problem.ts';
import { reconcile } from './reconcile.ts';
import { records } from './records.ts';
import { createRefusalLog } from './refusal-log.ts';
import { returns } from './returns.ts';
import { authenticate, guard, methodNotAllowed, type Route } from './route.ts';
import { isOpen } from './scopes.ts';
import { stream } from './stream.ts';
import { systems } from './systems.ts';
import { tasks } from './tasks.ts';
import { timeline } from './timeline.ts';
import { webhooks } from './webhooks.ts';

export type { GatewayDeps } from './deps.ts';

const resources = [
  changesIn,
  webhooks,
  records,
  timeline,
  stream,
  feeds,
  deadLetters,
  systems,
  reconcile,
  lag,
  metrics,
  tasks,
  audit,
  decisions,
  policies,
  returns,
  breakers,
  admin,
  health,
];

/** Every route, the two that describe the others included. */
export function allRoutes(deps: GatewayDeps): Route[] {
  let made: OpenApi | undefined;
  const document = (): OpenApi => (made ??= describeRoutes(routes, deps.version));
  const routes: Route[] = [
    ...resources.flatMap((resource) => resource(deps)),
    openApiRoute(document),
    docsRoute(document),
  ];
  return routes;
}

export function createGateway(deps: GatewayDeps): Hono {
  const app = new Hono();
  const routes = allRoutes(deps);
  for (const one of routes) app.on(one.method.toUpperCase(), one.path, guard(one, deps));
  app.notFound((c) => refuseUnknown(c, deps, routes));
  const refused = createRefusalLog(deps);
  app.onError((error, c) => answerError(error, c, { ...deps, refused }));
  return app;
}

/** 401 before 404, and 405 where the path is known: what exists is nobody's business without a key. */
function refuseUnknown(c: Context, deps: GatewayDeps, routes: readonly Route[]): never {
  const here = routes.filter((one) => fits(one.path, c.req.path));
  if (!here.some((one) => isOpen(one.access))) authenticate(c, deps.keys);
  if (here.length === 0) throw refuse('not-found', `there is no ${c.req.path}`);
  throw methodNotAllowed([...new Set(here.flatMap(methodsOf))].join(', '));
}

const methodsOf = (one: Route): string[] =>
  one.method === 'get' && one.head !== false ? ['GET', 'HEAD'] : [one.method.toUpperCase()];

function fits(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(':') || part === given[index]);
}

function answerError(
  error: unknown,
  c: Context,
  deps: GatewayDeps & { refused: ReturnType<typeof createRefusalLog> },
): Response {
  const problem = problemIn(error);
  if (problem) deps.refused(problem, c);
  if (problem) return problemResponse(problem, error instanceof EdgeProblem ? error.headers : {});
  const id = deps.newErrorId();
  deps.log.error(
    { err: error, errorId: id, method: c.req.method, path: c.req.path },
    'a request failed inside the hub',
  );
  return problemResponse({
    ...problemTypes.internal,
    type: 'internal',
    detail: `it is in the log under ${id}`,
    extra: { id },
  });
}
