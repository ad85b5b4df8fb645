// Policies and the life of their versions: shown, made, checked, backtested, approved, put in force, rolled back, compared.
import type { Context } from 'hono';
import { z } from 'zod';
import type { PolicyVersionView } from '../core/core.ts';
import { answerJson, answerPage } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { preferredWait } from './headers.ts';
import { readJson } from './limits.ts';
import * as schemas from './policy-schemas.ts';
import { refuse } from './problem.ts';
import { type Route, type RouteSpec, route } from './route.ts';
import { after, limit } from './schemas.ts';

const shared = { tag: 'Policies', access: { any: ['policy'] } } as const;
const json = (schema: z.ZodType, example?: unknown) => ({
  'application/json': { schema, ...(example !== undefined && { example }) },
});
const versionAnswer = (description: string, status = 200) => ({
  ...{ status, description },
  content: json(schemas.policyVersion),
});

const ofVersion = '/v1/policies/:name/versions/:version';
/** Long enough for most checks, so that a caller by hand sees the result at once. */
const usualWaitMs = 5_000;
const waits = {
  headers: { Prefer: '`wait=<seconds>`: how long to wait for the result, at most 60; 5 without it' },
} as const;
const longWork =
  'Answers 202 with `progress` when it takes longer than the caller waits: ask for it again, or read the version. Asked for twice it is one piece of work.';

const nameOf = (c: Context): string => c.req.param('name') ?? '';

/** @throws EdgeProblem 404 */
function numberOf(c: Context, parameter: 'version' | 'to' = 'version'): number {
  const text = c.req.param(parameter) ?? '';
  if (!/^\d{1,9}$/.test(text)) throw refuse('not-found', `versions have numbers, and "${text}" is none`);
  return Number(text);
}

/** @returns undefined when the time is up; never waits for what a caller who is gone asked for */
async function within<T>(c: Context, { clock, closing }: GatewayDeps, done: Promise<T>): Promise<T | undefined> {
  const header = c.req.header('prefer');
  const ms = header === undefined ? usualWaitMs : preferredWait(header);
  let cancel: () => void = () => undefined;
  const late = new Promise<undefined>((resolve) => {
    const end = (): void => resolve(undefined);
    const stop = clock.after(ms, end);
    for (const signal of [closing, c.req.raw.signal]) signal.addEventListener('abort', end, { once: true });
    cancel = () => {
      stop();
      for (const signal of [closing, c.req.raw.signal]) signal.removeEventListener('abort', end);
    };
  });
  try {
    return await Promise.race([done, late]);
  } finally {
    cancel();
    done.catch(() => undefined);
  }
}

export function policies(deps: GatewayDeps): Route[] {
  return [...reading(deps), ...working(deps), ...deciding(deps), ...shadowing(deps)];
}

function reading({ core }: GatewayDeps): Route[] {
  return [
    route(
      {
        ...{ ...shared, method: 'get', path: '/v1/policies', summary: 'List policies' },
        answer: { status: 200, description: 'Every policy', content: json(schemas.policies) },
      },
      async () => answerJson({ policies: await core.policies() }),
    ),
    route(
      {
        ...{ ...shared, method: 'get', path: '/v1/policies/:name', summary: 'Read a policy' },
        answer: { status: 200, description: 'Its versions', content: json(schemas.policy) },
      },
      async (c) => answerJson(await core.policy(nameOf(c))),
    ),
    route(
      {
        ...{ ...shared, method: 'get', path: ofVersion, summary: 'Read a version' },
        answer: versionAnswer('The version, and what became of it'),
      },
      async (c) => answerJson(await core.policyVersion(nameOf(c), numberOf(c))),
    ),
  ];
}

function working(deps: GatewayDeps): Route[] {
  const { core } = deps;
  const worked = async (c: Context, begun: PolicyVersionView, what: 'check' | 'backtest') => {
    if (begun[what]?.state !== 'running') return answerJson(begun);
    const done = await within(c, deps, core.policyWorked(nameOf(c), numberOf(c)));
    return done ? answerJson(done) : answerJson(await core.policyVersion(nameOf(c), numberOf(c)), 202);
  };
  return [
    route(
      {
        ...{ ...shared, ...waits, method: 'post', path: `${ofVersion}/check`, summary: 'Check a version' },
        description: `Every static check, the tests that it carries, and its dates against those of other versions. ${longWork}`,
        answer: versionAnswer('The version with the result'),
      },
      async (c, { caller }) => worked(c, await core.checkPolicy(nameOf(c), numberOf(c), caller.name), 'check'),
    ),
    route(
      {
        ...{ ...shared, ...waits, method: 'post', path: `${ofVersion}/backtest`, summary: 'Backtest a version' },
        description: `What it decides otherwise of facts that were decided about before. ${longWork}`,
        body: json(schemas.backtest, { maxChangedShareBp: 500 }),
        answer: versionAnswer('The version with the result'),
      },
      async (c, { caller }) => {
        const { since, limit, maxChangedShareBp } = (await readJson(c, deps, schemas.backtest)).value;
        const request = {
          ...(since !== undefined && { since }),
          ...(limit !== undefined && { limit }),
          ...(maxChangedShareBp !== undefined && { maxChangedShareBp }),
        };
        return worked(c, await core.backtestPolicy(nameOf(c), numberOf(c), request, caller.name), 'backtest');
      },
    ),
    route(
      {
        ...{ ...shared, ...waits, method: 'get', path: `${ofVersion}/diff/:to`, summary: 'Compare two versions' },
        description: `What the second version decides otherwise than the first, with facts that show it, or the proof that nothing is. ${longWork}`,
        answer: { status: 200, description: 'The difference', content: json(schemas.policyDiff) },
      },
      async (c) => {
        const [from, to] = [numberOf(c), numberOf(c, 'to')];
        const done = await within(c, deps, core.policyDiff(nameOf(c), from, to, true));
        return done ? answerJson(done) : answerJson(await core.policyDiff(nameOf(c), from, to, false), 202);
      },
    ),
  ];
}

function deciding(deps: GatewayDeps): Route[] {
  const { core } = deps;
  return [
    route(
      {
        ...{ ...shared, method: 'post', path: '/v1/policies/:name/versions', summary: 'Make a version' },
        description: 'A draft. A document that is no policy is refused with every fault.',
        body: json(schemas.newVersion, { document: 'policy: routing\n…' }),
        answer: versionAnswer('The draft', 201),
      },
      async (c, { caller }) => {
        const { document, warehouses } = (await readJson(c, deps, schemas.newVersion)).value;
        const given = { document, ...(warehouses !== undefined && { warehouses }) };
        return answerJson(await core.makePolicyVersion(nameOf(c), given, caller.name), 201);
      },
    ),
    route(
      {
        ...{ ...shared, method: 'post', path: `${ofVersion}/approve`, summary: 'Approve a version' },
        description: 'By another key than its maker’s, unless policies of syncline.yaml say `approval: none`.',
        body: json(schemas.approval, {}),
        answer: versionAnswer('The version'),
      },
      async (c, { caller }) => {
        const { override } = (await readJson(c, deps, schemas.approval)).value;
        const given = override === undefined ? {} : { override };
        return answerJson(await core.approvePolicy(nameOf(c), numberOf(c), given, caller.name));
      },
    ),
    route(
      {
        ...{ ...shared, method: 'post', path: `${ofVersion}/activate`, summary: 'Put a version in force' },
        description: 'At once, or scheduled for a time to come. It decides nothing again by itself.',
        body: json(schemas.activation, {}),
        answer: versionAnswer('The version'),
      },
      async (c, { caller }) => {
        const { effectiveFrom, override } = (await readJson(c, deps, schemas.activation)).value;
        const given = {
          ...(effectiveFrom !== undefined && { effectiveFrom }),
          ...(override !== undefined && { override }),
        };
        return answerJson(await core.activatePolicy(nameOf(c), numberOf(c), given, caller.name));
      },
    ),
    route(
      {
        ...{ ...shared, method: 'post', path: '/v1/policies/:name/rollback', summary: 'Roll back' },
        description: 'What was in force before comes back at once, as a version of its own; no approval is needed.',
        body: json(schemas.rollback, { to: 6, reason: 'too many holds' }),
        answer: versionAnswer('The new version'),
      },
      async (c, { caller }) => {
        const { to, reason } = (await readJson(c, deps, schemas.rollback)).value;
        const given = { to, ...(reason !== undefined && { reason }) };
        return answerJson(await core.rollbackPolicy(nameOf(c), given, caller.name));
      },
    ),
  ];
}

function shadowing(deps: GatewayDeps): Route[] {
  const { core } = deps;
  const path = `${ofVersion}/shadow`;
  const query = z.strictObject({ limit, after });
  const list: RouteSpec<typeof query> = {
    ...{ ...shared, method: 'get', path, summary: 'List what a version would decide otherwise', query },
    answer: { status: 200, description: 'A page, newest first', content: json(schemas.shadowDifferences) },
  };
  return [
    route(
      {
        ...{ ...shared, method: 'post', path, summary: 'Let a version decide beside the one in force, or end that' },
        description: 'Differences are kept, the newest thousand; nothing else comes of it.',
        body: json(schemas.shadow, { running: true }),
        answer: versionAnswer('The version'),
      },
      async (c, { caller }) => {
        const { running } = (await readJson(c, deps, schemas.shadow)).value;
        return answerJson(await core.shadowPolicy(nameOf(c), numberOf(c), running, caller.name));
      },
    ),
    route(list, async (c, { query: { limit: most, after: from } }) =>
      answerPage(c, deps, await core.shadowDifferences(nameOf(c), numberOf(c), most, from ?? null)),
    ),
  ];
}
