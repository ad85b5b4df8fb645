import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { feed } from '../../connectors/feed/index.ts';
import { http } from '../../connectors/http/index.ts';
import { abilities } from '../../src/connector/registry.ts';
import { maskSettings, secret, secretValues } from '../../src/connector/secret.ts';
import { readSettings } from '../../src/connector/settings.ts';

const faults = (schema: z.ZodType, raw: unknown): Record<string, string> => {
  const reading = readSettings(schema, raw);
  if (!('faults' in reading)) throw new Error('no faults');
  return Object.fromEntries(reading.faults.map(({ path, message }) => [path, message]));
};

const url = 'http://127.0.0.1:9002/api';

describe('faults', () => {
  it('lists all of them by path, with what was probably meant', () => {
    const raw = {
      url: 'ftp://wms',
      auth: { bearer: 't', basic: { username: 'u', password: '' } },
      sing: 'x',
      webhook: { scheme: 'standard' },
      repeatSafe: 'maybe',
      records: {
        shipmnet: {},
        order: {
          create: 'POST /orders/{id}',
          update: 'PUT orders',
          delte: 'DELETE /o',
          poll: { request: 'GET /x?c={cursr}', every: 'often' },
        },
      },
    };
    expect(faults(http.settings, raw)).toEqual({
      '/url': 'must start with http:// or https://',
      '/auth': 'must have exactly one of bearer, basic, header, oauth2',
      '/auth/basic/password': 'must not be empty',
      '/sing': 'unknown member "sing"; did you mean "sign"?',
      '/webhook': 'must have either secret or secrets',
      '/repeatSafe': expect.stringContaining('idempotency-key'),
      '/records/shipmnet': 'unknown member "shipmnet"; did you mean "shipment"?',
      '/records/order/create': 'cannot name {id}: it is not known yet',
      '/records/order/update': expect.stringContaining('"PUT orders" is no request'),
      '/records/order/delte': 'unknown member "delte"; did you mean "delete"?',
      '/records/order/poll/request': expect.stringContaining('names {cursr}'),
      '/records/order/poll/every': expect.stringContaining('"often" is no duration'),
    });
  });

  it.each([
    ['no url', {}, '/url', 'expected string'],
    ['a url with a password', { url: 'http://u:p@wms' }, '/url', 'must not carry a user or password'],
    ['a url with a query', { url: 'http://wms/?a=1' }, '/url', 'query'],
    [
      'two ways to authenticate',
      { url, auth: { bearer: 'a', header: { name: 'x', value: 'y' } } },
      '/auth',
      'exactly one of',
    ],
    ['no way to authenticate', { url, auth: {} }, '/auth', 'exactly one of'],
    ['a token with a line end', { url, auth: { bearer: 'a\nb' } }, '/auth/bearer', 'printable ASCII'],
    [
      'a header name with a blank',
      { url, auth: { header: { name: 'x y', value: 'z' } } },
      '/auth/header/name',
      'header name',
    ],
    ['a broken signing secret', { url, sign: 'whsec_!!' }, '/sign', 'base64'],
    ['a path to a prototype', { url, records: { order: { id: 'a.__proto__' } } }, '/records/order/id', '__proto__'],
    [
      'a wrong member in a long form',
      { url, records: { order: { list: { request: 'GET /o', itmes: 'x' } } } },
      '/records/order/list/itmes',
      'did you mean "items"',
    ],
    [
      'a wrong request in a short form',
      { url, records: { order: { list: 'GET o' } } },
      '/records/order/list',
      'is no request',
    ],
    [
      'a natural key without a look-up',
      { url, repeatSafe: 'natural-key', records: { order: { create: 'POST /o' } } },
      '/records/order/find',
      'needed',
    ],
  ])('names %s', (_, raw, path, message) => {
    expect(faults(http.settings, raw)[path]).toContain(message);
  });

  it('takes the example of the documentation', () => {
    const order = {
      create: 'POST /shipments',
      update: 'PUT /shipments/{id}',
      delete: 'DELETE /shipments/{id}',
      fetch: 'GET /shipments/{id}',
      list: 'GET /shipments',
      id: 'id',
    };
    const reading = readSettings(http.settings, {
      url,
      auth: { bearer: 't' },
      repeatSafe: 'idempotency-key',
      records: { order, customer: { update: 'PATCH /c/{id}' } },
    });
    if ('faults' in reading) throw new Error(JSON.stringify(reading.faults));
    expect(abilities(http, reading.settings)).toEqual({
      pulls: false,
      writes: ['order', 'customer'],
      deletes: ['order'],
      whole: ['order'],
      fetches: ['order'],
      lists: ['order'],
      repeatSafe: 'idempotency-key',
      polls: [],
      verbs: { ask: [], hold: [], cancel: [], transition: [], update: ['order', 'customer'] },
    });
  });
});

describe('secrets', () => {
  const raw = {
    url,
    auth: { oauth2: { tokenUrl: `${url}/token`, clientId: 'id', clientSecret: 'oauth-secret' } },
    sign: 'sign-secret',
    webhook: { scheme: 'standard', secrets: ['hook-1', 'hook-2'] },
  };

  it('finds every marked value, however deep', () => {
    expect(secretValues(http.settings, raw).sort()).toEqual(['hook-1', 'hook-2', 'oauth-secret', 'sign-secret']);
    const bearing = { bearer: 'b', basic: { username: 'u', password: 'p' }, header: { name: 'n', value: 'v' } };
    expect(secretValues(http.settings, { url, auth: bearing })).toEqual(['b', 'p', 'v']);
  });

  it('masks them and nothing else', () => {
    expect(maskSettings(http.settings, raw)).toEqual({
      ...raw,
      auth: { oauth2: { ...raw.auth.oauth2, clientSecret: '•••' } },
      sign: '•••',
      webhook: { scheme: 'standard', secrets: ['•••', '•••'] },
    });
  });

  it('masks a secret of the wrong type too, and in every form of a union, record or default', () => {
    const schema = z.object({
      a: z.record(z.string(), secret()),
      b: z.union([z.string(), z.object({ c: secret() })]),
      d: secret().default('x').optional(),
    });
    expect(maskSettings(schema, { a: { k: 5 }, b: { c: 'y' }, d: 'z' })).toEqual({
      a: { k: '•••' },
      b: { c: '•••' },
      d: '•••',
    });
  });
});

describe('the feed', () => {
  it('has a profile for CSV and XML, with defaults', () => {
    expect(readSettings(feed.settings, undefined)).toEqual({
      settings: {
        csv: {
          delimiter: ',',
          encoding: 'utf-8',
          decimal: '.',
          lineEnd: 'crlf',
          header: true,
          bom: false,
          rows: 'record',
          spreadsheetSafe: false,
        },
        xml: { encoding: 'utf-8' },
      },
    });
  });

  it('names what is wrong with one', () => {
    expect(faults(feed.settings, { csv: { delimiter: ';;', encodng: 'x', rows: 'cell' } })).toEqual({
      '/csv/delimiter': expect.stringContaining('one character'),
      '/csv/encodng': 'unknown member "encodng"; did you mean "encoding"?',
      '/csv/rows': expect.stringContaining('"record"|"line"'),
    });
  });

  it('pulls everything that is mapped for it', () => {
    expect(abilities(feed, feed.settings.parse({}))).toMatchObject({
      pulls: true,
      writes: 'all',
      deletes: 'all',
      whole: 'all',
      polls: [],
    });
  });
});
