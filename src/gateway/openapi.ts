// The OpenAPI 3.1 document, made from the routes themselves.
import { z } from 'zod';
import { recordTypes } from '../model/records.ts';
import { answerJson } from './answers.ts';
import { type Schema, Schemas } from './json-schemas.ts';
import { type Content, type Route, route } from './route.ts';
import { problem } from './schemas.ts';
import { type Access, isOpen } from './scopes.ts';

export interface OpenApi {
  openapi: '3.1.0';
  info: { title: string; version: string; description: string };
  security: object[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: object; responses: object };
}

export interface Operation {
  tags: string[];
  summary: string;
  description?: string;
  'x-scopes': string;
  security?: object[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, MediaType> };
  responses: Record<string, { $ref?: string; description?: string; content?: Record<string, MediaType> }>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: Schema;
}

export interface MediaType {
  schema: Schema;
  example?: unknown;
}

const about =
  'Keeps every system’s copy of every order, customer, shipment and return the same. Send `Authorization: Bearer <key>`, or Basic with the name and the secret of a key. ' +
  'Every answer that is not a success is `application/problem+json` and lists every fault with its path.';

export function openApiRoute(document: () => OpenApi): Route {
  return route(
    {
      method: 'get',
      path: '/openapi.json',
      tag: 'Documents',
      summary: 'This description as OpenAPI 3.1',
      access: { any: ['read'] },
      answer: {
        status: 200,
        description: 'The document',
        content: { 'application/json': { schema: z.looseObject({}) } },
      },
    },
    () => answerJson(document()),
  );
}

export function describeRoutes(routes: readonly Route[], version: string): OpenApi {
  const schemas = new Schemas(routes);
  const paths: OpenApi['paths'] = {};
  for (const one of routes) {
    const path = one.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [one.method]: operation(one, schemas) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Syncline', version, description: about },
    security: [{ bearer: [] }, { basic: [] }],
    paths,
    components: {
      schemas: schemas.components(),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, basic: { type: 'http', scheme: 'basic' } },
      responses: {
        Problem: { description: 'RFC 9457', content: { 'application/problem+json': { schema: schemas.of(problem) } } },
      },
    },
  };
}

function operation(one: Route, schemas: Schemas): Operation {
  const parameters = [
    ...pathParameters(one.path),
    ...queryParameters(one.query, schemas),
    ...headerParameters(one.headers),
  ];
  return {
    tags: [one.tag],
    summary: one.summary,
    ...(one.description !== undefined && { description: one.description }),
    'x-scopes': scopeText(one.access),
    ...(isOpen(one.access) && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(one.body && { requestBody: { content: media(one.body, schemas) } }),
    responses: {
      [one.answer.status]: {
        description: one.answer.description,
        ...(one.answer.content && { content: media(one.answer.content, schemas) }),
      },
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

function scopeText(access: Access): string {
  if (access === 'public') return 'none';
  if (access === 'signature') return 'none (the signature of the system)';
  return 'own' in access ? `${access.own} (the system’s own key)` : access.any.join(' or ');
}

const pathParts: Record<string, { schema: Schema; description: string }> = {
  type: { schema: { type: 'string', enum: [...recordTypes] }, description: 'Record type' },
  system: { schema: { type: 'string' }, description: 'Name in syncline.yaml' },
  id: { schema: { type: 'string' }, description: 'Percent-encoded' },
  unit: { schema: { type: 'string' }, description: 'As named by the merge document' },
};

const pathParameters = (path: string): Parameter[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    ...(pathParts[name] ?? { schema: { type: 'string' } }),
  }));

function queryParameters(query: z.ZodObject | undefined, schemas: Schemas): Parameter[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => {
    const { description, pattern: _asText, ...rest } = schemas.of(schema as z.ZodType);
    const more = typeof description === 'string' ? { description } : {};
    const fallback = (schema as z.ZodType).safeParse(undefined).data;
    return {
      name,
      in: 'query',
      required: false,
      ...more,
      schema: { ...rest, ...(fallback !== undefined && { default: fallback }) },
    };
  });
}

const headerParameters = (headers: Record<string, string> = {}): Parameter[] =>
  Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));

function media(content: Record<string, Content>, schemas: Schemas): Record<string, MediaType> {
  return Object.fromEntries(
    Object.entries(content).map(([type, { schema, example }]) => [
      type,
      { schema: schemas.of(schema), ...(example !== undefined && { example }) },
    ]),
  );
}
