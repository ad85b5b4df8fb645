import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesText } from '../../src/connector/envelope.ts';
import { createRedactor } from '../../src/connector/redact.ts';
import { fillTemplate, parseTemplate } from '../../src/connector/request-template.ts';
import { parseRetryAfter, waitOf } from '../../src/connector/retry-after.ts';
import { earlier, latest } from '../../src/connector/time-cursor.ts';

const now = Date.parse('2026-11-24T10:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['999999999', 86_400_000],
    ['Tue, 24 Nov 2026 10:01:00 GMT', 60_000],
    ['Tuesday, 24-Nov-26 10:01:00 GMT', 60_000],
    ['Tue Nov 24 10:01:00 2026', 60_000],
    ['Tue, 24 Nov 2026 09:00:00 GMT', 0],
    ['Fri, 24 Nov 2028 09:00:00 GMT', 86_400_000],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['', undefined],
    ['tomorrow', undefined],
    ['Tue, 99 Nov 2026 10:01:00 GMT', undefined],
    ['99999999999', undefined],
    [undefined, undefined],
  ])('%s → %s', (text, ms) => expect(parseRetryAfter(text, now)).toBe(ms));

  it('never answers less than nothing or more than a day', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
          fc.integer().map(String),
        ),
        (text) => {
          const ms = parseRetryAfter(text, now) ?? 0;
          expect(ms >= 0 && ms <= 86_400_000).toBe(true);
        },
      ),
    );
  });
});

describe('the end of a limit', () => {
  const wait = (headers: Record<string, string>) => waitOf({ header: (name) => headers[name] }, now);

  it.each([
    [{ 'ratelimit-reset': '30' }, 30_000],
    [{ 'x-rate-limit-reset': '23', 'x-rate-limit-remaining': '0' }, 23_000],
    [{ 'x-ratelimit-reset': String(now / 1000 + 90) }, 90_000],
    [{ 'x-ratelimit-reset': String(now / 1000 - 90) }, 0],
    [{ 'x-ratelimit-reset': '9999999999' }, 86_400_000],
    [{ 'x-ratelimit-reset': '50', 'retry-after': '7' }, 7000],
    [{ 'x-ratelimit-reset': '3600', 'x-ratelimit-remaining': '12' }, undefined],
    [{ 'x-ratelimit-reset': 'soon' }, undefined],
    [{}, undefined],
  ])('%j → %s', (headers, ms) => expect(wait(headers as Record<string, string>)).toBe(ms));
});

describe('redaction', () => {
  it('hides the longer secret whole where one holds another', () => {
    expect(createRedactor(['abc', 'abcdef'])('abcdef abc')).toBe('[hidden] [hidden]');
  });

  it('hides secrets with characters that a pattern would read', () => {
    expect(createRedactor(['a.*$&b'])('a.*$&b axxb')).toBe('[hidden] axxb');
  });

  it('leaves everything else, and nothing of an empty secret', () => {
    expect(createRedactor([''])('text')).toBe('text');
  });

  it('learns later secrets', () => {
    const redact = createRedactor([]);
    redact.add('token-9');
    expect(redact('token-9')).toBe('[hidden]');
  });
});

describe('request templates', () => {
  it('fills path and query, encoding every value so that it stays one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
        // Those are refused, also within a value.
        fc.pre(!id.split(/[\\/]/).some((part) => part === '.' || part === '..'));
        const path = fillTemplate(parseTemplate('GET /a/{id}/b?x={id}&y=1'), { id });
        const url = new URL(`http://h${path}`);
        expect(url.pathname.split('/')).toHaveLength(4);
        expect(decodeURIComponent(url.pathname.split('/')[2] ?? '')).toBe(id);
        expect(url.searchParams.get('x')).toBe(id);
        expect(url.searchParams.get('y')).toBe('1');
      }),
    );
  });

  it('leaves out parameters whose value is not known', () => {
    const template = parseTemplate('GET /orders?since={cursor}&limit=100');
    expect(fillTemplate(template, {})).toBe('/orders?limit=100');
    expect(fillTemplate(template, { cursor: '2026-11-24T10:00:00+08:00' })).toBe(
      '/orders?since=2026-11-24T10%3A00%3A00%2B08%3A00&limit=100',
    );
    expect(fillTemplate(parseTemplate('GET /orders?since={cursor}'), {})).toBe('/orders');
  });

  it('takes only own values', () => {
    expect(() => fillTemplate(parseTemplate('GET /{toString}'), {})).toThrow('{toString} has no value');
  });

  it.each([
    '/orders',
    'get /orders',
    'FETCH /orders',
    'GET orders',
    'GET /a b',
    'GET /{id',
    'GET /{}',
    'GET /{a b}',
    'GET  /x',
    'GET /x#y',
  ])('refuses %s', (text) => expect(() => parseTemplate(text)).toThrow(text));

  it('names what is not known', () => {
    expect(() => parseTemplate('GET /x/{idd}', ['id'])).toThrow('names {idd}, which is not known here; known: {id}');
  });
});

describe('cursors that are times', () => {
  it('are moved back in their own form', () => {
    expect(earlier('2026-11-24T10:00:00+01:00', 60_000)).toBe('2026-11-24T08:59:00.000Z');
    expect(earlier('1764000000', 60_000)).toBe('1763999940');
    expect(earlier('1764000000123', 60_000)).toBe('1763999940123');
    expect(earlier('page-2', 60_000)).toBe('page-2');
    expect(earlier(undefined, 60_000)).toBeUndefined();
  });

  it('are compared as times, not as texts', () => {
    expect(latest(['2026-11-24T10:00:00+02:00', undefined, '2026-11-24T09:00:00Z'])).toBe('2026-11-24T09:00:00Z');
    expect(latest(['2026-11-24T09:00:00Z', '2026-11-24T10:00:00+02:00'])).toBe('2026-11-24T09:00:00Z');
    expect(latest(['x', 'y'])).toBe('y');
    expect(latest([])).toBeUndefined();
  });
});

describe('inbound changes as text', () => {
  it('keeps payloads digit for digit, one change a line', () => {
    const text = changesText([
      { record: 'order', id: '1', data: '{\n  "id": 12345678901234567890,\r\n "n": 1.50 }' },
      { record: 'order', id: '2', op: 'delete', at: '2026-11-24T10:00:00Z' },
    ]);
    expect(text.split('\n')).toEqual([
      '{"record":"order","id":"1","data":{   "id": 12345678901234567890,  "n": 1.50 }}',
      '{"record":"order","id":"2","op":"delete","at":"2026-11-24T10:00:00Z"}',
    ]);
  });

  it('lets no payload out of its envelope', () => {
    expect(() => changesText([{ record: 'order', data: '{}},{"record":"refund"' }])).toThrow(
      'order payload is not valid JSON',
    );
  });
});
