import { describe, expect, it } from 'vitest';
import { allRoutes } from '../../src/gateway/gateway.ts';
import type { OpenApi } from '../../src/gateway/openapi.ts';
import { recordTypes } from '../../src/model/records.ts';
import { createHub } from './hub.ts';

const hub = createHub();
const document = (await (await hub.send('/openapi.json', { key: 'k-read' })).json()) as OpenApi;
const inDocument = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => `${method} ${path}`),
);

describe('the OpenAPI document', () => {
  it('has every route of the app, and no other', () => {
    const inApp = hub.app.routes.map(
      ({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`,
    );
    expect(inDocument.sort()).toEqual([...new Set(inApp)].sort());
  });

  it('refers only to what it holds', () => {
    const names = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(schemas|responses)\/([^"/]+)/g)];
    expect(names.length).toBeGreaterThan(30);
    for (const [, kind, name] of names)
      expect(document.components[kind as 'schemas' | 'responses'], name).toHaveProperty([name as string]);
  });

  it('declares parameters, bodies, scopes and the canonical data', () => {
    const poll = document.paths['/v1/feeds/{system}']?.get;
    expect(poll?.['x-scopes']).toContain('feed');
    expect(poll?.parameters).toContainEqual(
      expect.objectContaining({
        name: 'limit',
        in: 'query',
        schema: expect.objectContaining({ type: 'integer', minimum: 1, maximum: 1000, default: 100 }),
      }),
    );
    expect(document.paths['/v1/records/{type}/{id}']?.patch?.requestBody?.content).toHaveProperty([
      'application/merge-patch+json',
    ]);
    expect(document.paths['/healthz']?.get?.security).toEqual([]);
    for (const type of recordTypes) expect(document.components.schemas).toHaveProperty([`Data.${type}`]);
  });

  it('marks personal data, and keeps the marks of the model out of JSON Schema', () => {
    expect(JSON.stringify(document.components.schemas['Data.order'])).toContain('"x-personal":true');
    expect(JSON.stringify(document)).not.toMatch(/"required":(true|false),"?(kind|type)|"kind":"(text|any|money)"/);
    expect(Object.keys(document.components.schemas).filter((id) => /^(schema|inline)/.test(id))).toEqual([]);
  });

  it('shows examples that are what it declares', () => {
    for (const route of allRoutes(hub.deps)) {
      for (const { schema, example } of [
        ...Object.values(route.body ?? {}),
        ...Object.values(route.answer.content ?? {}),
      ]) {
        if (example !== undefined) expect(() => schema.parse(example), `${route.method} ${route.path}`).not.toThrow();
      }
    }
  });

  it('shows requests that work', async () => {
    for (const route of allRoutes(hub.deps)) {
      for (const [type, { example }] of Object.entries(route.body ?? {})) {
        if (example === undefined) continue;
        const path = route.path
          .replace(':system', route.path.startsWith('/v1/feeds') ? 'erp' : 'wms')
          .replace(':type', 'order')
          .replace(':id', idFor(route.path))
          .replace(':unit', 'shipTo')
          .replace(':name', 'routing')
          .replace(':version', '1');
        const response = await hub.send(path, {
          method: route.method.toUpperCase(),
          body: JSON.stringify(example),
          headers: { 'content-type': type, 'if-match': '*' },
        });
        expect(response.status, `${route.method} ${path}: ${await response.clone().text()}`).toBe(route.answer.status);
        const declared = route.answer.content?.['application/json']?.schema;
        expect(declared?.safeParse(await response.json()).success, `the answer of ${path}`).toBe(true);
      }
    }
  });
});

const idFor = (path: string): string => Object.entries(ids).find(([part]) => path.includes(part))?.[1] ?? 'ord_1';
const ids = { deadletters: 'dl_1', tasks: 'tsk_1', returns: 'ret_1', breakers: 'red' };
