// Tokens that several processes share: one renewal at a time, kept before it is used, whatever is lost on the way.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CredentialKeeping } from '../../src/connector/credential-store.ts';
import { ConnectorError } from '../../src/connector/error.ts';
import { ExchangeFailure } from '../../src/connector/exchange.ts';
import type { Before, Token } from '../../src/connector/renewal.ts';
import { keptSealed } from '../../src/connector/seal.ts';
import { createTokenSource, type TokenSource } from '../../src/connector/token-source.ts';
import { CredentialRows, keptPlain } from './credential-rows.ts';
import { type TokenVendor, tokenVendor } from './token-vendor.ts';

const system = 'crm';
const timeoutMs = 10_000;

let rows: CredentialRows;
let vendor: TokenVendor;
/** Of the settings. */
let first: string;
/** Called around each question to the vendor. */
let onAsk: (node: string, answered: boolean) => unknown;
/** What waits for time to pass. */
let timers: { at: number; run: () => void }[];
let told: string[];

beforeEach(() => {
  rows = new CredentialRows();
  rows.now = 1_000_000;
  vendor = tokenVendor();
  first = vendor.authorize();
  onAsk = () => undefined;
  timers = [];
  told = [];
});

interface Node {
  source: TokenSource;
  secrets: string[];
}

interface NodeOptions {
  /** Of its settings. */
  secret?: string;
  refreshToken?: string;
  now?: () => number;
  after?: CredentialKeeping['after'];
  sealed?: true;
}

/** A process of the hub with a source of tokens. */
function node(name: string, options: NodeOptions = {}): Node {
  const { secret = 'client-secret', refreshToken = first, now = () => rows.now } = options;
  const after =
    options.after ??
    ((ms: number, run: () => void) => {
      const timer = { at: rows.now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    });
  const tell: CredentialKeeping['tell'] = (level, _, words) => told.push(`${level} ${words}`);
  const keeping = { store: rows.node(name), random: randomBytes, after, tell };
  const secrets = [secret, refreshToken];
  const kept = options.sealed
    ? keptSealed(keeping, system, { secrets, about: [] })
    : keptPlain(keeping, system, secrets);
  const ask = async (before: Before): Promise<Token> => {
    await onAsk(name, false);
    const shown = before.refreshToken ?? refreshToken;
    const { status, body } = vendor.answer(new URLSearchParams({ refresh_token: shown }));
    await onAsk(name, true);
    if (status !== 200)
      throw new ConnectorError('unauthorized', `refused${before.doubt ? ', in doubt' : ''}`, { sent: false, status });
    return { token: `${body.access_token}`, lifeMs: 3_540_000, refreshToken: `${body.refresh_token}` };
  };
  const used: string[] = [];
  const onSecret = (text: string): unknown => used.push(text);
  return { source: createTokenSource({ system, kept, ask, timeoutMs, now, onSecret }), secrets: used };
}

/** Lets time pass for whoever waits, until everything is settled. */
async function settled<T>(doing: Promise<T>, stepMs = 100): Promise<T> {
  let done = false;
  const end = (): void => {
    done = true;
  };
  doing.then(end, end);
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    if (!done && timers.length > 0) pass(stepMs);
  }
  return doing;
}

function pass(ms: number): void {
  rows.now += ms;
  const due = timers.filter(({ at }) => at <= rows.now);
  timers = timers.filter(({ at }) => at > rows.now);
  for (const { run } of due) run();
}

const many = (of: Node, refused?: string) => Array.from({ length: 10 }, () => of.source.get(refused));

async function failure(doing: Promise<unknown>): Promise<ConnectorError> {
  const error = await settled(doing).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConnectorError)) throw new Error(`no ConnectorError but ${String(error)}`);
  return error;
}

describe('a token of several processes', () => {
  it('is asked for once, however many need it in whichever process', async () => {
    const [one, two] = [node('one'), node('two')];
    const tokens = await settled(Promise.all([...many(one), ...many(two)]));
    expect(new Set(tokens)).toEqual(new Set(['access-2']));
    expect(vendor.asked).toEqual([first]);
    for (const { secrets } of [one, two]) expect(new Set(secrets)).toEqual(new Set(['access-2', 'refresh-2']));
  });

  it('that is refused is renewed once for all, and a process that hears of it late uses what another has had', async () => {
    const [one, two] = [node('one'), node('two')];
    const token = await settled(one.source.get());
    expect(await settled(two.source.get())).toBe(token);
    vendor.end();
    const renewed = await settled(Promise.all([...many(one, token), ...many(one, token)]));
    expect(new Set(renewed)).toEqual(new Set(['access-3']));
    expect(await settled(two.source.get())).toBe(token);
    expect(await settled(two.source.get(token))).toBe('access-3');
    expect(await settled(one.source.get(token))).toBe('access-3');
    expect(vendor.asked).toEqual([first, 'refresh-2']);
  });

  it('and the refresh token that replaced the one of the settings outlive a restart', async () => {
    await settled(node('one').source.get());
    const again = node('again');
    expect(await settled(again.source.get())).toBe('access-2');
    expect(vendor.asked).toEqual([first]);
    vendor.end();
    expect(await settled(again.source.get('access-2'))).toBe('access-3');
    expect(await settled(node('later').source.get('access-2'))).toBe('access-3');
    expect(vendor.asked).toEqual([first, 'refresh-2']);
  });

  it('ends by the clock of the store: one whose own clock is set forward asks nobody', async () => {
    await settled(node('one').source.get());
    let ahead = 0;
    const two = node('two', { now: () => rows.now + ahead });
    expect(await settled(two.source.get())).toBe('access-2');
    ahead = 7 * 86_400_000;
    expect(await settled(two.source.get())).toBe('access-2');
    expect(vendor.asked).toHaveLength(1);
    rows.now += 3_539_999;
    expect(await settled(two.source.get())).toBe('access-2');
    rows.now += 1;
    expect(await settled(two.source.get())).toBe('access-3');
    ahead = -86_400_000;
    expect(await settled(two.source.get())).toBe('access-3');
    expect(vendor.asked).toHaveLength(2);
  });

  it('is written before it is used, and a stop waits for that', async () => {
    const seen: string[] = [];
    const one = node('one');
    let write: () => void = () => undefined;
    rows.before = (verb) => {
      seen.push(verb);
      if (verb !== 'write') return undefined;
      return new Promise<void>((resolve) => {
        write = resolve;
      });
    };
    const got = one.source.get().then(() => seen.push('used'));
    while (!seen.includes('write')) await new Promise((resolve) => setImmediate(resolve));
    const stopped = one.source.settle().then(() => seen.push('stopped'));
    write();
    await Promise.all([got, stopped]);
    expect(seen).toEqual(['read', 'begin', 'write', 'used', 'stopped']);
  });
});

describe('a renewal that fails', () => {
  it('is one attempt for all that need it: those who wait, and those who are told late', async () => {
    const [one, two] = [node('one'), node('two')];
    const token = await settled(one.source.get());
    await settled(two.source.get());
    vendor.revoke();
    const outcomes = await settled(Promise.allSettled([...many(one, token), ...many(two, token)]));
    expect(new Set(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.message : '')))).toEqual(
      new Set(['refused']),
    );
    expect(await failure(two.source.get(token))).toMatchObject({ kind: 'unauthorized', sent: false, status: 400 });
    expect(vendor.asked).toEqual([first, 'refresh-2']);
    // A person has let it in again: nobody who asks anew is told of the refusal before.
    expect(await failure(two.source.get())).toMatchObject({ kind: 'unauthorized' });
    expect(vendor.asked).toHaveLength(3);
  });

  it('before there was a token is one attempt too: whoever waits for it takes the answer as its own', async () => {
    const [one, two] = [node('one'), node('two')];
    vendor.revoke();
    const outcomes = await settled(Promise.allSettled([...many(one), ...many(two)]));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(vendor.asked).toEqual([first]);
  });

  it('is tried again by the next who needs it, with what was known before', async () => {
    const one = node('one');
    await settled(one.source.get());
    vendor.end();
    onAsk = () => {
      throw new ConnectorError('unavailable', 'no token: 503', { sent: false, status: 503, retryAfterMs: 2_000 });
    };
    const down = { kind: 'unavailable', retryAfterMs: 2_000, message: 'no token: 503' };
    expect(await failure(one.source.get('access-2'))).toMatchObject(down);
    onAsk = () => undefined;
    expect(await settled(node('two').source.get())).toBe('access-3');
    expect(vendor.asked).toEqual([first, 'refresh-2']);
  });

  it('because its process is gone is taken over when its right ends, and what it had is known to be in doubt', async () => {
    const one = node('one');
    let gone = false;
    onAsk = (name, answered) => {
      // Killed between the answer and the write.
      if (name !== 'one' || !answered) return undefined;
      gone = true;
      return new Promise(() => undefined);
    };
    void one.source.get();
    while (!gone) await new Promise((resolve) => setImmediate(resolve));
    const begun = rows.now;
    const error = await failure(node('two').source.get());
    expect(error).toMatchObject({ kind: 'unauthorized', message: 'refused, in doubt' });
    expect(rows.now - begun).toBeGreaterThanOrEqual(timeoutMs + 5_000);
    expect(rows.now - begun).toBeLessThan(timeoutMs + 6_000);
    // The doubt stays until a person has authorized it again, which is another secret.
    expect((await failure(node('three').source.get())).message).toBe('refused, in doubt');
    first = vendor.authorize();
    const anew = node('four');
    expect(await settled(anew.source.get())).toMatch(/^access/);
  });

  it('with a lost answer is in doubt as well', async () => {
    onAsk = (_, answered) => {
      const cause = new ExchangeFailure('timeout', { started: true, answered: false });
      if (answered) throw new ConnectorError('timeout', 'no token', { sent: false, cause });
    };
    expect((await failure(node('one').source.get())).kind).toBe('timeout');
    onAsk = () => undefined;
    expect((await failure(node('two').source.get())).message).toBe('refused, in doubt');
  });

  it('late, after another has taken over, writes nothing over what that one has had', async () => {
    const one = node('one');
    let goOn: (() => void) | undefined;
    rows.before = (verb, name) =>
      verb === 'write' && name === 'one'
        ? new Promise<void>((resolve) => {
            goOn = resolve;
          })
        : undefined;
    // A vendor that takes the same refresh token twice for a while.
    let asked = 0;
    vendor.answer = () => ({ status: 200, body: { access_token: `a-${++asked}`, refresh_token: `r-${asked}` } });
    const late = one.source.get();
    while (!goOn) await new Promise((resolve) => setImmediate(resolve));
    expect(await settled(node('two').source.get(), 20_000)).toBe('a-2');
    goOn();
    expect(await settled(late)).toBe('a-2');
    expect(await settled(node('three').source.get())).toBe('a-2');
  });
});

describe('a store that cannot be written', () => {
  const away = (verbs: string[]) => (verb: string) => {
    if (verbs.includes(verb)) throw new Error('the database is away');
  };

  it('keeps a replaced refresh token from being used before it is stored, says what to do, and is written to as soon as it can be', async () => {
    const one = node('one');
    rows.before = away(['write']);
    const error = await failure(one.source.get());
    expect(error).toMatchObject({ kind: 'unavailable', sent: false });
    expect(error.message).toBe(
      'crm has replaced its refresh token, and the new one could not be stored; if this process ends before that, authorize the hub in crm again, put the new refreshToken into its settings, and restart',
    );
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^error crm has replaced its refresh token.*the database is away.*written as soon as/);
    // Nobody asks again meanwhile: the old one would be a second use.
    expect((await failure(one.source.get())).message).toBe(error.message);
    pass(1_000);
    rows.before = () => undefined;
    await new Promise((resolve) => setImmediate(resolve));
    pass(1_000);
    expect(await settled(one.source.get())).toBe('access-2');
    expect(await settled(node('two').source.get())).toBe('access-2');
    expect(told.at(-1)).toBe('info the new refresh token of crm is stored now');
    expect(vendor.asked).toEqual([first]);
  });

  it('is told of once more when the process stops, and leaves the lost one in doubt', async () => {
    const one = node('one');
    rows.before = away(['write']);
    await failure(one.source.get());
    await one.source.settle();
    expect(told.at(-1)).toMatch(/^error .*The hub stops without it: authorize the hub in crm again/);
    rows.before = () => undefined;
    expect((await failure(node('two').source.get())).message).toBe('refused, in doubt');
  });

  it('asks nobody without what is kept, and goes on with the token that it has', async () => {
    const one = node('one');
    rows.before = away(['read']);
    const error = await failure(one.source.get());
    expect(error).toMatchObject({ kind: 'unavailable', sent: false });
    expect(error.message).toBe('what is stored of the token of crm cannot be reached: the database is away');
    rows.before = () => undefined;
    await settled(one.source.get());
    rows.before = away(['read', 'begin', 'write', 'end']);
    expect(await settled(one.source.get())).toBe('access-2');
    expect(vendor.asked).toEqual([first]);
  });

  it('costs nothing where nothing was replaced', async () => {
    vendor.answer = () => ({ status: 200, body: { access_token: 'plain' } });
    const tell: CredentialKeeping['tell'] = (level, _, words) => told.push(`${level} ${words}`);
    const kept = keptPlain({ store: rows.node('one'), after: () => () => undefined, tell }, system, ['s']);
    const ask = async (): Promise<Token> => ({ token: 'plain' });
    const source = createTokenSource({ system, kept, ask, timeoutMs, now: () => rows.now, onSecret: () => undefined });
    rows.before = away(['write']);
    expect(await source.get()).toBe('plain');
    expect(told).toEqual([]);
  });
});

describe('other secrets', () => {
  it('cannot open what is stored: it is asked for anew, told once, and stops nothing', async () => {
    await settled(node('one', { sealed: true }).source.get());
    const fresh = vendor.authorize();
    const other = node('other', { refreshToken: fresh, sealed: true });
    expect(await settled(other.source.get())).toBe('access-4');
    expect(told).toEqual([
      'info what is stored for crm cannot be opened with the secrets of its settings, which have changed since; it is asked for anew',
    ]);
    expect(await settled(node('again', { refreshToken: fresh, sealed: true }).source.get())).toBe('access-4');
  });

  it('that are refused leave what others have stored as it is', async () => {
    await settled(node('one').source.get());
    const before = rows.rows.get(system);
    expect((await failure(node('other', { refreshToken: 'never given out' }).source.get())).kind).toBe('unauthorized');
    expect(rows.rows.get(system)).toMatchObject({ sealed: before?.sealed, holder: '' });
    expect(await settled(node('two').source.get())).toBe('access-2');
  });
});

describe('however the processes take turns', () => {
  it('no refresh token is shown twice, one question is under way at a time, and every token was given out', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.record({ node: fc.nat(2), ends: fc.boolean() }), { minLength: 2, maxLength: 10 }),
        async (scheduler, calls) => {
          rows = new CredentialRows();
          vendor = tokenVendor();
          first = vendor.authorize();
          rows.before = (verb, name) => scheduler.schedule(Promise.resolve(), `${name} ${verb}`);
          let underWay = 0;
          onAsk = async (name, answered) => {
            if (!answered) underWay += 1;
            expect(underWay).toBe(1);
            await scheduler.schedule(Promise.resolve(), `${name} asks`);
            if (answered) underWay -= 1;
          };
          const after: CredentialKeeping['after'] = (_, run) => {
            let isOver = false;
            void scheduler.schedule(Promise.resolve(), 'later').then(() => !isOver && run());
            return () => {
              isOver = true;
            };
          };
          const nodes = ['a', 'b', 'c'].map((name) => node(name, { after, secret: 's' }));
          const doing = calls.map(async ({ node: at, ends }) => {
            const { source } = nodes[at] as Node;
            const token = await source.get();
            if (ends && vendor.takes(token)) vendor.end();
            if (vendor.takes(token)) return;
            await source.get(token);
          });
          await scheduler.waitFor(Promise.all(doing));
          expect(new Set(vendor.asked).size).toBe(vendor.asked.length);
          const ended = calls.filter(({ ends }) => ends).length;
          expect(vendor.asked.length).toBeLessThanOrEqual(1 + ended);
        },
      ),
      { numRuns: 25 },
    );
  });
});
