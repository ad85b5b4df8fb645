// The documentation page: the OpenAPI document as HTML, written by the server, whole without a network.
import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import { z } from 'zod';
import { docsStyle } from './docs-style.ts';
import type { Schema } from './json-schemas.ts';
import type { MediaType, OpenApi, Operation, Parameter } from './openapi.ts';
import { problemTypes } from './problem.ts';
import { type Route, route } from './route.ts';

type Html = ReturnType<typeof html>;

export function docsRoute(document: () => OpenApi): Route {
  let page: string | undefined;
  const styleHash = createHash('sha256').update(docsStyle).digest('base64');
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
  };
  return route(
    {
      method: 'get',
      path: '/docs',
      tag: 'Documents',
      summary: 'This description as a page',
      access: { any: ['read'] },
      answer: { status: 200, description: 'HTML', content: { 'text/html': { schema: z.string() } } },
    },
    () => {
      page ??= String(renderDocs(document()));
      return new Response(page, { headers });
    },
  );
}

interface Entry {
  method: string;
  path: string;
  operation: Operation;
}

function renderDocs(document: OpenApi): Html {
  const tags = byTag(document);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title} HTTP interface</title>
<style>${raw(docsStyle)}</style>
</head>
<body>
<div class="page">
<nav aria-label="Routes">${[...tags].map(([tag, entries]) => navigation(tag, entries))}
<h2>Shapes</h2><ul><li><a href="#shapes">Schemas</a></li><li><a href="#problems">Problems</a></li></ul></nav>
<main>
<h1>${document.info.title} <small>${document.info.version}</small></h1>
<p class="lead">${inline(document.info.description)}</p>
${[...tags].map(([tag, entries]) => html`<section><h2 id="${slug(tag)}">${tag}</h2>${entries.map(article)}</section>`)}
${shapes(document)}
${problems()}
</main>
</div>
</body>
</html>`;
}

function byTag(document: OpenApi): Map<string, Entry[]> {
  const tags = new Map<string, Entry[]>();
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags[0] ?? '';
      tags.set(tag, [...(tags.get(tag) ?? []), { method, path, operation }]);
    }
  }
  return tags;
}

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
const anchor = ({ method, path }: Entry): string => slug(`${method}-${path}`);

const navigation = (tag: string, entries: Entry[]): Html => html`
<h2>${tag}</h2><ul>${entries.map((entry) => html`<li><a href="#${anchor(entry)}">${entry.operation.summary}</a></li>`)}</ul>`;

function article(entry: Entry): Html {
  const { method, path, operation } = entry;
  const [status = '', success] = Object.entries(operation.responses)[0] ?? [];
  return html`
<article id="${anchor(entry)}">
<h3><span class="verb ${method}">${method}</span><code>${path}</code><span class="scope">scope: ${operation['x-scopes']}</span></h3>
<p><strong>${operation.summary}.</strong> ${inline(operation.description ?? '')}</p>
${operation.parameters ? parameterTable(operation.parameters) : ''}
${operation.requestBody ? bodies('Body', operation.requestBody.content) : ''}
${bodies(`Answer ${status}: ${success?.description ?? ''}`, success?.content ?? {})}
</article>`;
}

const parameterTable = (parameters: Parameter[]): Html => html`
<h4>Parameters</h4>
<div class="table"><table><thead><tr><th>Name</th><th>In</th><th>Value</th><th>Meaning</th></tr></thead><tbody>
${parameters.map(
  (one) =>
    html`<tr><td><code>${one.name}</code></td><td>${one.in}</td><td>${inline(valueText(one.schema))}</td><td>${inline(one.description ?? '')}</td></tr>`,
)}
</tbody></table></div>`;

function valueText(schema: Schema): string {
  const values = Array.isArray(schema.enum) ? schema.enum.map((value) => `\`${value}\``).join(' ') : refName(schema);
  const range = typeof schema.minimum === 'number' ? ` ${schema.minimum}–${schema.maximum}` : '';
  const fallback = schema.default === undefined ? '' : `, default \`${schema.default}\``;
  return `${values ?? String(schema.type ?? 'string')}${range}${fallback}`;
}

const refName = (schema: Schema): string | undefined =>
  typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;

const bodies = (title: string, content: Record<string, MediaType>): Html => html`
<h4>${title}</h4>
${Object.entries(content).map(
  ([type, { schema, example }]) => html`<div><code>${type}</code> ${shapeLink(schema)}</div>
${example === undefined ? '' : html`<pre tabindex="0"><code>${JSON.stringify(example, null, 2)}</code></pre>`}`,
)}`;

function shapeLink(schema: Schema): Html {
  const name = refName(schema);
  return name === undefined ? html`` : html`<a href="#${slug(`shape-${name}`)}">${name}</a>`;
}

const shapes = (document: OpenApi): Html => html`
<section><h2 id="shapes">Schemas</h2>
${Object.entries(document.components.schemas).map(
  ([name, schema]) =>
    html`<details id="${slug(`shape-${name}`)}"><summary>${name}</summary><pre tabindex="0"><code>${JSON.stringify(schema, null, 2)}</code></pre></details>`,
)}</section>`;

const problems = (): Html => html`
<section><h2 id="problems">Problems</h2>
<div class="table"><table><thead><tr><th>Status</th><th>Type</th><th>Title</th></tr></thead><tbody>
${Object.entries(problemTypes).map(
  ([type, { status, title }]) =>
    html`<tr><td>${status}</td><td><code>https://syncline.dev/problems/${type}</code></td><td>${title}</td></tr>`,
)}
</tbody></table></div></section>`;

/** Text with `code` in backticks. */
function inline(text: string): Html[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}
