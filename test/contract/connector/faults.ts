// What the connector makes of a system that is busy, down, silent, slow, or does not know us.
import { expect } from 'vitest';
import type { ConnectorErrorKind } from '../../../src/connector/error.ts';
import { testNow } from '../../connectors/connect.ts';
import type { Fault } from '../../connectors/msw-server.ts';
import { type Asked, type Case, overSocket, speaksHttp } from './case.ts';
import { type Act, actsOf, failureOf, type Scene, shortMs, stateOf, written } from './scene.ts';
import type { WireFault } from './server.ts';

const answering =
  (status: number, body: string, headers: Record<string, string> = {}): Fault =>
  (_, response) => {
    response.writeHead(status, headers).end(body);
    return true;
  };

/** Each way to reach the system, under this fault: every one fails, and nothing is changed. */
async function everyActFails(
  scene: Scene,
  fault: Fault | WireFault,
  check: (error: Awaited<ReturnType<typeof failureOf>>, act: Act) => void,
  on = scene.connection,
): Promise<void> {
  const acts = actsOf(scene);
  // Once without it: who needs a token has one.
  scene.server.fail(undefined);
  await acts[0]?.run(scene.connection);
  const before = stateOf(scene, written(scene));
  if (typeof fault === 'string') scene.server.fail(fault);
  else scene.server.http?.fault(fault);
  const errors = await Promise.all(acts.map((act) => failureOf(act.run(on))));
  for (const [index, act] of acts.entries()) check(errors[index] as (typeof errors)[number], act);
  expect(stateOf(scene, written(scene))).toBe(before);
}

const isOf =
  (kind: ConnectorErrorKind, more: object = {}) =>
  (error: Error, { what }: Act): void =>
    expect({ what, ...error, message: error.message }).toMatchObject({ what, kind, ...more });

/** The bytes left and nobody knows: a write that must not be repeated blindly says so. */
const isUnanswered =
  (kind: ConnectorErrorKind) =>
  (error: Error, act: Act): void =>
    expect(act.reads ? [kind] : [kind, 'unclear']).toContain((error as Error & { kind: string }).kind);

const proveThrottled =
  (retryAfter: string, retryAfterMs: number) =>
  (scene: Scene): Promise<void> =>
    everyActFails(scene, answering(429, '', { 'retry-after': retryAfter }), isOf('throttled', { retryAfterMs }));

const proveTimeout =
  (fault: WireFault) =>
  (scene: Scene): Promise<void> => {
    const impatient = scene.connect(scene.subject.settings(scene.server.url), shortMs);
    return everyActFails(scene, fault, isUnanswered('timeout'), impatient);
  };

async function refusedOverHttp(scene: Scene): Promise<void> {
  const words = 'the town is not served';
  for (const status of [400, 422]) {
    const body = scene.subject.httpRefusal(words);
    await everyActFails(
      scene,
      answering(status, body, { 'content-type': 'application/json' }),
      isOf('rejected', { status, message: expect.stringContaining(words) }),
    );
  }
}

/** A system may word a missing permission like wrong credentials: then only `check` can tell. */
async function wrongCredentials(scene: Scene): Promise<void> {
  const { subject, server } = scene;
  if (typeof subject.wrongCredentials === 'string') return;
  const stranger = scene.connect(subject.wrongCredentials(server.url));
  const before = stateOf(scene, written(scene));
  const acts = actsOf(scene);
  const after = stateOf(scene, written(scene));
  for (const { what, run } of acts) {
    const { kind } = await failureOf(run(stranger));
    const mayBe = what !== 'check' && stranger.connector.check ? ['unauthorized', 'forbidden'] : ['unauthorized'];
    expect(mayBe, what).toContain(kind);
  }
  expect(stateOf(scene, written(scene))).toBe(after);
  expect(before.length).toBeLessThanOrEqual(after.length);
}

async function tokenIsRenewed(scene: Scene): Promise<void> {
  const [act] = actsOf(scene);
  if (!act) throw new Error('there is nothing that it does');
  await act.run(scene.connection);
  scene.vendor.revoke?.();
  await act.run(scene.connection);
}

/** The other one is served while this one still waits: no clock is asked. */
async function stallsAlone(scene: Scene): Promise<void> {
  const { connection, server } = await scene.another();
  const acts = actsOf(scene);
  const stalling = server.stall();
  const [stalled] = acts;
  if (!stalled) throw new Error('there is nothing that it does');
  let isOver = false;
  const waiting = failureOf(stalled.run(connection)).finally(() => {
    isOver = true;
  });
  await stalling.arrived;
  for (const { run } of acts) await run(scene.connection);
  expect({ isOver, stuck: stalling.waiting() > 0 }).toEqual({ isOver: false, stuck: true });
  stalling.end();
  await waiting;
}

const renews = (asked: Asked): string | undefined => {
  const settings = asked.subject.connector.settings;
  const reading = settings.safeParse(asked.subject.settings('http://127.0.0.1:9'));
  const { auth, login } = asked.subject.connector.credentials?.(reading.data) ?? {};
  return auth?.oauth2 !== undefined || login !== undefined ? undefined : 'it uses no tokens that end';
};

export const faults: Case[] = [
  {
    id: 'throttled_seconds',
    title: '429 with Retry-After in seconds says how long to wait',
    notFor: speaksHttp,
    prove: proveThrottled('7', 7_000),
  },
  {
    id: 'throttled_date',
    title: '429 with Retry-After as a date says how long to wait',
    notFor: speaksHttp,
    prove: proveThrottled(new Date(testNow + 30_000).toUTCString(), 30_000),
  },
  {
    id: 'down',
    title: '500 is unavailable',
    notFor: speaksHttp,
    prove: (scene) => everyActFails(scene, answering(500, 'oops'), isOf('unavailable', { status: 500 })),
  },
  {
    id: 'silent',
    title: 'a system that never answers is a timeout',
    notFor: overSocket,
    prove: proveTimeout('silent'),
  },
  {
    id: 'trickling',
    title: 'an answer that never ends is a timeout',
    notFor: overSocket,
    prove: proveTimeout('trickling'),
  },
  {
    id: 'reset',
    title: 'a connection that is reset is unavailable',
    notFor: overSocket,
    prove: (scene) => everyActFails(scene, 'reset', isUnanswered('unavailable')),
  },
  {
    id: 'refused_http',
    title: "400 and 422 are rejected in the system's own words",
    notFor: speaksHttp,
    prove: refusedOverHttp,
  },
  {
    id: 'unauthorized',
    title: '401 is unauthorized',
    notFor: speaksHttp,
    prove: (scene) => everyActFails(scene, answering(401, ''), isOf('unauthorized')),
  },
  {
    id: 'wrong_credentials',
    title: 'credentials that the system does not know change nothing and are told as such',
    notFor: (asked) =>
      overSocket(asked) ??
      (typeof asked.subject.wrongCredentials === 'string' ? asked.subject.wrongCredentials : undefined),
    prove: wrongCredentials,
  },
  {
    id: 'token_renewed',
    title: 'a token that the system refuses is renewed at once',
    notFor: (asked) => overSocket(asked) ?? renews(asked),
    prove: tokenIsRenewed,
  },
  { id: 'stall', title: 'the stall of one system does not slow another', notFor: overSocket, prove: stallsAlone },
];
