import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { createSigner, faultOfSecret, verify } from '../../src/connector/standard-webhooks.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
const timestamp = '1614265330';
const body = '{"test": 2432232314}';
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';
const now = 1614265330_000;

interface Case {
  secrets: readonly string[];
  headers: Record<string, string | undefined>;
  body: Uint8Array;
  now: number;
}

const check = (more: Partial<Case> & { signature?: string } = {}) =>
  verify({
    secrets: [secret],
    headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': more.signature ?? signature },
    body: Buffer.from(body),
    now,
    ...more,
  });

describe('signing', () => {
  it('gives the known signature, of text and of bytes', () => {
    expect(createSigner(secret)({ id, timestamp, body })).toBe(signature);
    expect(createSigner(secret)({ id, timestamp, body: Buffer.from(body) })).toBe(signature);
  });

  it('agrees with the reference library in both directions', () => {
    const text = fc.string({ unit: 'binary', maxLength: 50 }).map((any) => Buffer.from(any).toString());
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), text, (key, payload) => {
        const shared = `whsec_${Buffer.from(key).toString('base64')}`;
        const theirs = new Webhook(shared).sign(id, new Date(now), payload);
        expect(createSigner(shared)({ id, timestamp, body: payload })).toBe(theirs);
        expect(check({ secrets: [shared], signature: theirs, body: Buffer.from(payload) })).toBe(id);
      }),
    );
  });

  it('takes a secret that is plain text', () => {
    const theirs = new Webhook(Buffer.from('plain text').toString('base64')).sign(id, new Date(now), body);
    expect(createSigner('plain text')({ id, timestamp, body })).toBe(theirs);
  });

  it('says what is wrong with a secret', () => {
    expect(['', 'whsec_', 'whsec_a b c', 'whsec_äöü!'].map(faultOfSecret)).not.toContain(undefined);
    expect([secret, 'plain', 'whsec_AAAA', 'whsec_AAA='].map(faultOfSecret)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('verifying', () => {
  it('answers the id of what is well signed', () => {
    expect(check()).toBe(id);
    expect(check({ signature: `v1,AAAA v1a,xyz ${signature}` })).toBe(id);
  });

  it('takes either of two secrets while one is rotated, and none that was taken away', () => {
    const old = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
    expect(check({ secrets: [old, secret] })).toBe(id);
    expect(check({ secrets: [old] })).toBeUndefined();
    expect(check({ secrets: [] })).toBeUndefined();
  });

  it.each([-301, -300, 0, 300, 301])('with a clock %i seconds off', (seconds) => {
    expect(check({ now: now + seconds * 1000 })).toBe(Math.abs(seconds) > 300 ? undefined : id);
  });

  it('refuses when any byte of the body, the id or the time is another', () => {
    const bytes = Buffer.from(body);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      expect(check({ body: flipped })).toBeUndefined();
    }
    const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    expect(check({ headers: { ...headers, 'webhook-id': `${id}x` } })).toBeUndefined();
    expect(check({ headers: { ...headers, 'webhook-timestamp': '1614265331' } })).toBeUndefined();
    for (const name of Object.keys(headers))
      expect(check({ headers: { ...headers, [name]: undefined } })).toBeUndefined();
  });

  it.each([
    ['junk after it', `${signature}!!!`],
    ['another spelling of the same bytes', signature.replace('1OE=', '1OF=')],
    ['no padding', signature.slice(0, -1)],
    ['another version', signature.replace('v1', 'v2')],
    ['no version', signature.slice(3)],
    ['blanks only', '   '],
    ['nothing', ''],
  ])('refuses a signature with %s', (_, malformed) => expect(check({ signature: malformed })).toBeUndefined());

  it('never throws and never accepts, whatever the headers hold', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(id, timestamp, signature, undefined));
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        const headers = { 'webhook-id': a, 'webhook-timestamp': b, 'webhook-signature': c };
        const genuine = a === id && b === timestamp && (c ?? '').split(' ').includes(signature);
        expect(check({ headers })).toBe(genuine ? id : undefined);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads no id with a dot: the signed text could be cut in two ways', () => {
    const dotted = { id: 'a.1', timestamp, body };
    const headers = {
      'webhook-id': 'a.1',
      'webhook-timestamp': timestamp,
      'webhook-signature': createSigner(secret)(dotted),
    };
    expect(check({ headers })).toBeUndefined();
  });
});
