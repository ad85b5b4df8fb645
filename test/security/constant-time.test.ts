// Secrets are compared by digests of one length, all of them, with the comparison that does not end early.
import { timingSafeEqual } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createSigner, verify } from '../../src/connector/standard-webhooks.ts';
import { createKeyRing, mintKey, parseKeys } from '../../src/gateway/keys.ts';
import { places, projectFiles } from '../architecture/sources.ts';

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) };
});
const compare = vi.mocked(timingSafeEqual);
beforeEach(() => void compare.mockClear());

const lengths = () => compare.mock.calls.map(([a, b]) => [a.byteLength, b.byteLength]);

describe('keys', () => {
  const secret = 'a-secret-of-the-configuration';
  const configured = parseKeys(`shop:intake=${secret};erp:feed=another-secret;ops:operate=a-third-one`);
  const { row, text } = mintKey({ name: 'desk', scopes: ['read'], now: 1, random: (n) => new Uint8Array(n).fill(9) });

  it('take the same comparisons however much of a guess is right', async () => {
    const ring = createKeyRing({ configured, stored: async () => [row] });
    await ring.refresh();
    const guesses = [
      secret,
      `${secret.slice(0, -1)}x`,
      `x${secret.slice(1)}`,
      secret.slice(0, 3),
      'x',
      'y'.repeat(4_000),
    ];
    for (const guess of guesses) {
      compare.mockClear();
      const caller = ring.authenticate(`Bearer ${guess}`);
      expect(caller?.name).toBe(guess === secret ? 'shop' : undefined);
      expect({ guess, lengths: lengths() }).toEqual({ guess, lengths: configured.map(() => [32, 32]) });
    }
  });

  it('of the store too: only the public part of a key says where to look', async () => {
    const ring = createKeyRing({ configured, stored: async () => [row] });
    await ring.refresh();
    const prefix = `slk_${row.id}_`;
    for (const guess of [text, `${text.slice(0, -1)}x`, `${prefix}x${text.slice(prefix.length + 1)}`, prefix]) {
      compare.mockClear();
      expect(ring.authenticate(`Bearer ${guess}`)?.name).toBe(guess === text ? 'desk' : undefined);
      expect(lengths()).toEqual([...configured, row].map(() => [32, 32]));
    }
  });

  it('have 256 bits that nobody can guess, and only their hash is kept', () => {
    const asked: number[] = [];
    const random = (bytes: number) => {
      asked.push(bytes);
      return new Uint8Array(bytes);
    };
    const made = mintKey({ name: 'a', scopes: ['read'], now: 1, random });
    expect(asked).toContain(32);
    expect(JSON.stringify(made.row)).not.toContain(made.text);
    expect(made.row.hash).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('signatures of webhooks', () => {
  it('take the same comparisons however much of a signature is right', () => {
    const now = 1_614_265_330_000;
    const secrets = ['old-secret-of-the-shop', 'new-secret-of-the-shop'];
    const message = { id: 'evt-1', timestamp: '1614265330', body: Buffer.from('{"a":1}') };
    const good = createSigner(secrets[1] as string)(message);
    const check = (signature: string) => {
      const headers = { 'webhook-id': 'evt-1', 'webhook-timestamp': '1614265330', 'webhook-signature': signature };
      return verify({ secrets, headers, body: message.body, now });
    };
    for (const signature of [good, `${good.slice(0, -3)}xx=`, `v1,x${good.slice(4)}`, 'v1,', 'x', '']) {
      compare.mockClear();
      expect(check(signature)).toBe(signature === good ? 'evt-1' : undefined);
      expect({ signature, lengths: lengths() }).toEqual({ signature, lengths: secrets.map(() => [32, 32]) });
    }
  });
});

it('no source compares a secret, a hash or a signature with an operator', () => {
  const word = '\\w*(secret|hash|digest|signature|password)\\w*(\\.secret|\\.hash)?';
  const operator = new RegExp(`\\b${word}\\s*(===|!==)\\s*[a-z]|[a-z)\\]]\\s*(===|!==)\\s*(\\w+\\.)?${word}\\b`, 'i');
  expect(operator.test('if (key.hash === given) return key;')).toBe(true);
  expect(operator.test('return given !== secret;')).toBe(true);
  const files = projectFiles.filter((file) => /^src\/(gateway|connector)\/.*\.ts$/.test(file));
  const found = places(files, operator).filter(
    (place) => !/=== (true|undefined|'')|!== undefined|\.length/.test(place),
  );
  expect(found).toEqual([]);
});
