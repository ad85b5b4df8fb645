import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createKeyRing, KeyFaults, mintKey, parseKeys } from '../../src/gateway/keys.ts';
import type { ApiKeyRow } from '../../src/store/rows.ts';

const basic = (name: string, secret: string) => `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
const ringOf = (text: string, stored: ApiKeyRow[] = []) =>
  createKeyRing({ configured: parseKeys(text), stored: async () => stored });

describe('SYNCLINE_KEYS', () => {
  it('reads names, scopes and secrets; a secret may hold = and :', () => {
    expect(parseKeys('shop:intake=a=b:c; ops:operate+read+pii=x ;')).toEqual([
      { name: 'shop', scopes: ['intake'], secret: 'a=b:c' },
      { name: 'ops', scopes: ['operate', 'read', 'pii'], secret: 'x' },
    ]);
    expect(parseKeys('')).toEqual([]);
  });

  it('lists every fault and never shows a secret', () => {
    const read = () => parseKeys('shop:intak=s3cret1;nothing;crm:read=;b@d:read=s3cret2;:read=s3cret3;x:=s3cret4');
    expect(read).toThrow(KeyFaults);
    try {
      read();
    } catch (error) {
      const { faults, message } = error as KeyFaults;
      expect(faults).toHaveLength(6);
      expect(faults[0]).toContain('did you mean "intake"?');
      expect(message).not.toContain('s3cret');
    }
  });
});

describe('the key ring', () => {
  it('allows everything while no key exists', () => {
    expect(ringOf('').authenticate(undefined)?.scopes.has('admin')).toBe(true);
  });

  it('takes Bearer and Basic, and nothing else', () => {
    const ring = ringOf('erp:feed=pass:word;erp:feed=rotated');
    expect(ring.authenticate('Bearer pass:word')?.name).toBe('erp');
    expect(ring.authenticate('bearer  rotated')?.name).toBe('erp');
    expect(ring.authenticate(basic('erp', 'pass:word'))?.name).toBe('erp');
    for (const wrong of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      'Bearer wrong',
      'pass:word',
      'Digest pass:word',
      'Basic !!!!',
      'Basic ZXJw',
    ]) {
      expect(ring.authenticate(wrong)).toBeUndefined();
    }
    expect(ring.authenticate(basic('shop', 'pass:word'))).toBeUndefined();
    expect(ring.authenticate(basic('erp', 'wrong'))).toBeUndefined();
  });

  it('never answers anything but yes or no to noise', () => {
    const ring = ringOf('erp:feed=secret');
    for (let index = 0; index < 2_000; index += 1) {
      const scheme = ['Basic ', 'Bearer ', 'Bearer slk_', ''][index % 4];
      expect(
        ring.authenticate(`${scheme}${randomBytes(index % 80).toString(index % 2 === 0 ? 'latin1' : 'base64')}`),
      ).toBeUndefined();
    }
  });

  it('knows stored keys by their public prefix and keeps only a hash', async () => {
    const { row, text } = mintKey({ name: 'erp', scopes: ['feed'], now: 1, random: (bytes) => randomBytes(bytes) });
    expect(text).toMatch(/^slk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect(row.hash).toBe(createHash('sha256').update(text).digest('hex'));
    expect(JSON.stringify(row)).not.toContain(text.slice(-43));
    const ring = ringOf('', [row]);
    await ring.refresh();
    expect(ring.authenticate(`Bearer ${text}`)?.name).toBe('erp');
    expect(ring.authenticate(basic('erp', text))?.name).toBe('erp');
    expect(ring.authenticate(`Bearer ${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`)).toBeUndefined();
    expect(ring.authenticate(undefined)).toBeUndefined();
  });

  it('drops a revoked key with the next refresh, and stays closed when it was the last', async () => {
    const { row, text } = mintKey({ name: 'erp', scopes: ['feed'], now: 1, random: (bytes) => randomBytes(bytes) });
    const rows = [row];
    const ring = createKeyRing({ configured: [], stored: async () => rows });
    await ring.refresh();
    rows[0] = { ...row, revokedAt: 2 };
    await ring.refresh();
    expect(ring.open).toBe(false);
    expect(ring.authenticate(`Bearer ${text}`)).toBeUndefined();
    expect(ring.authenticate(undefined)).toBeUndefined();
  });
});
