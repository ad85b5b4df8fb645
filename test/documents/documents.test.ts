// What the documents say is there: files, links, routes, metrics, alerts, codecs, members; and their examples hold.
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { settings as feedSettings } from '../../connectors/feed/index.ts';
import { settings as httpSettings } from '../../connectors/http/settings.ts';
import { configDocument } from '../../src/config-document.ts';
import { alertKinds } from '../../src/core/core.ts';
import { scopes } from '../../src/gateway/scopes.ts';
import { builtInCodecs } from '../../src/mapping/codecs.ts';
import { compileMapping } from '../../src/mapping/compile.ts';
import { documentMembers, pairShape } from '../../src/mapping/document.ts';
import { parseMergeDocument } from '../../src/merge/document.ts';
import { checkPolicy } from '../../src/policy/analysis/check-policy.ts';
import { allFacts } from '../../src/policy/facts.ts';
import { checkReturnsPolicy } from '../../src/policy/returns/analysis/check-policy.ts';
import { documentSchema as returnsSchema } from '../../src/policy/returns/document.ts';
import { returnFacts } from '../../src/policy/returns/facts.ts';
import { loadReturnsPolicy } from '../../src/policy/returns/load.ts';
import { actionNames } from '../../src/policy/routing/actions.ts';
import { documentSchema } from '../../src/policy/routing/document.ts';
import { routingFacts } from '../../src/policy/routing/facts.ts';
import { loadRoutingPolicy } from '../../src/policy/routing/load.ts';
import { loadWarehouses, warehousesSchema } from '../../src/policy/warehouses.ts';
import { replicaStates } from '../../src/store/rows.ts';
import { projectFiles, read, root } from '../architecture/sources.ts';
import { createHub } from '../gateway/hub.ts';

const documents = ['README.md', 'README.zh-CN.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'].concat(
  projectFiles.filter((file) => /^docs\/[^/]+\.md$/.test(file)),
);
const [configuration, mappings, operating, http] = ['configuration', 'mappings', 'operating', 'http'].map((name) =>
  read(`docs/${name}.md`),
) as [string, string, string, string];

const withoutCode = (text: string): string => text.replace(/^ *```[\s\S]*?^ *```/gm, '');
const blocks = (text: string, language = ''): string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, block = '']) => block);

/** As GitHub makes them of headings. */
const anchorsOf = (text: string): string[] =>
  [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(documents)('%s', (file) => {
  const text = withoutCode(read(file));

  it('links to what is there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
    const broken = links.filter(([, path = '', anchor]) => {
      const target = path === '' ? file : posix.join(posix.dirname(file), path);
      return !existsSync(`${root}/${target}`) || (anchor !== undefined && !anchorsOf(read(target)).includes(anchor));
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it('names files that are there', () => {
    const named = [...text.matchAll(/`((?:src|test|sandbox|scripts|connectors|migrations)\/[\w./-]+)`/g)];
    expect(named.map(([, path = '']) => path).filter((path) => !existsSync(`${root}/${path}`))).toEqual([]);
  });
});

/** Names that stand at the beginning of a row of a table, in backticks. */
const rowsOf = (text: string): Set<string> =>
  new Set(
    [...text.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
    ),
  );

const membersOf = (schema: z.core.$ZodType): string[] => {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'object') return Object.keys(def.shape);
  if (def.type === 'pipe') return membersOf(def.in);
  if (def.type === 'union') return def.options.flatMap(membersOf);
  if ('innerType' in def) return membersOf(def.innerType as z.core.$ZodType);
  return [];
};
const memberAt = (schema: z.core.$ZodType, ...path: string[]): z.core.$ZodType => {
  const [name, ...rest] = path;
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (name === undefined) return schema;
  if (def.type === 'object') return memberAt(def.shape[name] as z.core.$ZodType, ...rest);
  if (def.type === 'record') return memberAt(def.valueType, ...rest);
  if (def.type === 'array') return memberAt(def.element, ...rest);
  if (def.type === 'pipe') return memberAt(def.in, ...path);
  return memberAt((def as { innerType: z.core.$ZodType }).innerType, ...path);
};

describe('docs/configuration.md', () => {
  const record = memberAt(httpSettings, 'records', 'order');
  it.each<[string, z.core.$ZodType, string]>([
    ['the top level', configDocument, ''],
    ['limits', memberAt(configDocument, 'limits'), 'limits.'],
    ['keep', memberAt(configDocument, 'keep'), 'keep.'],
    ['a system', memberAt(configDocument, 'systems', ''), ''],
    ['delivery', memberAt(configDocument, 'systems', '', 'delivery'), 'delivery.'],
    ['breaker', memberAt(configDocument, 'systems', '', 'breaker'), 'breaker.'],
    ['the connector http', httpSettings, ''],
    ['its records', record, ''],
    ['the connector feed', feedSettings, ''],
  ])('names every member of %s', (_, schema, before) => {
    const members = membersOf(schema);
    expect(members.length).toBeGreaterThan(1);
    const missing = members.filter((name) => !configuration.includes(`\`${before}${name}`) && !isSplit(before + name));
    expect(missing).toEqual([]);
  });
  /** `limits` stands there as `limits.body`, `records` as `records.<type>`. */
  const isSplit = (name: string): boolean =>
    configuration.includes(`\`${name}.`) || configuration.includes(`.${name}\``);
});

describe('docs/mappings.md', () => {
  it('has every codec in its table, and no other', () => {
    const codecs = mappings.slice(mappings.indexOf('## Codecs'), mappings.indexOf('A codec of your own'));
    expect([...rowsOf(codecs)].filter((name) => !name.includes(' ')).sort()).toEqual([...builtInCodecs.keys()].sort());
  });

  it('names every member of a document and of a pair', () => {
    const rest = ['fields', 'each'];
    const missing = [...documentMembers, ...Object.keys(pairShape)].filter(
      (name) => !rest.includes(name) && ![...rowsOf(mappings)].some((one) => one.split('.')[0] === name),
    );
    expect(missing).toEqual([]);
  });

  it('shows documents without a fault', () => {
    const [mapping = '', merge = ''] = blocks(mappings, 'yaml');
    expect(compileMapping(parse(mapping), { file: 'docs/mappings.md', codecs: builtInCodecs }).faults).toEqual([]);
    expect(parseMergeDocument(merge, 'docs/mappings.md')).toHaveProperty('policy');
  });
});

describe('docs/policies.md', () => {
  const policies = read('docs/policies.md');
  const rows = rowsOf(policies);
  const { slots, tiers, tests } = documentSchema.shape;
  const tier = memberAt(tiers, '0');

  it.each<[string, readonly string[]]>([
    ['member of a document', membersOf(documentSchema)],
    ['member of a slot', membersOf(memberAt(slots, ''))],
    ['member of a tier', membersOf(tier)],
    ['member of a rule', membersOf(memberAt(tier, 'rules', '0'))],
    ['action', actionNames],
    ['fact', allFacts(routingFacts).map(({ path }) => path)],
    ['fact of a return', allFacts(returnFacts).map(({ path }) => path)],
    ['member of a returns policy', membersOf(returnsSchema).filter((name) => name !== 'title' && name !== 'effective')],
    ['member of a warehouse', membersOf(memberAt(warehousesSchema, 'warehouses', '0'))],
  ])('has every %s in a table', (_, names) => {
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => !rows.has(name))).toEqual([]);
  });

  it('names the members of an action and of a test, and the words of every fact', () => {
    const words = allFacts(routingFacts).flatMap(({ type }) => ('values' in type ? type.values : []));
    const members = [membersOf(memberAt(tier, 'rules', '0', 'do', '0')), membersOf(memberAt(tests, '0'))].flat();
    expect([...words, ...members].filter((word) => !policies.includes(`\`${word}\``))).toEqual([]);
  });

  it('shows documents without a fault, whose tests pass', () => {
    const [routing = '', constraints = '', stock = '', returns = ''] = blocks(policies, 'yaml');
    const read = loadReturnsPolicy(returns);
    expect('policy' in read ? checkReturnsPolicy(read.policy) : read.faults).toEqual([]);
    expect(loadWarehouses(stock)).toHaveProperty('warehouses');
    const loaded = loadRoutingPolicy(`${constraints}${routing}`, { warehouses: ['WH-COLD-01', 'WH-SH-01'] });
    expect('policy' in loaded ? checkPolicy(loaded.policy) : loaded.faults).toEqual([]);
  });
});

describe('docs/operating.md', () => {
  const rows = rowsOf(operating);

  it('has every metric, and no other', () => {
    const names = [...read('src/observe/metrics.ts').matchAll(/\bof\(\s*'(\w+)'/g)].map(
      ([, name]) => `syncline_${name}`,
    );
    const told = [...rows].filter((name) => name.startsWith('syncline_')).map((name) => name.replace(/\{.*/, ''));
    expect(told.sort()).toEqual(names.sort());
  });

  it('has every kind of alert', () => {
    expect(alertKinds.filter((kind) => !rows.has(kind))).toEqual([]);
  });

  it('has every state of a replica and every scope', () => {
    expect([...replicaStates, ...scopes].filter((name) => !rows.has(name))).toEqual([]);
  });
});

describe('docs/http.md', () => {
  it('has every route in its table, and no other', () => {
    const spelled = [...http.matchAll(/^\| (`(?:GET|POST|PATCH|DELETE).*?) \| /gm)].flatMap(([, cell = '']) =>
      routesIn(cell),
    );
    const routes = createHub().app.routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect([...new Set(spelled)].sort()).toEqual([...new Set(routes)].sort());
  });

  /** "`POST /a/{id}/pause`, `…/resume`" are two. */
  function routesIn(cell: string): string[] {
    const found: string[] = [];
    for (const [, text = ''] of cell.matchAll(/`([^`]+)`/g)) {
      const before = found.at(-1) ?? '';
      found.push(
        (text.startsWith('…') ? before.slice(0, before.lastIndexOf('/')) + text.slice(1) : text).replace(/\?.*/, ''),
      );
    }
    return found;
  }
});

describe('the two READMEs', () => {
  const commands = (file: string): string[] => blocks(read(file)).map((block) => block.replace(/ +#.*$/gm, ''));

  it('have the same commands and documents', () => {
    const [english, ...more] = [commands('README.md'), commands('README.zh-CN.md')] as [string[], string[]];
    const isPicture = (block: string): boolean => block.includes('─▶');
    expect(more[0]?.filter((block) => !isPicture(block))).toEqual(english.filter((block) => !isPicture(block)));
  });

  it('have the same headings, rows and links', () => {
    const count = (file: string, pattern: RegExp): number => withoutCode(read(file)).match(pattern)?.length ?? 0;
    for (const pattern of [/^#+ /gm, /^\| /gm, /\]\(/g])
      expect(count('README.zh-CN.md', pattern)).toBe(count('README.md', pattern));
  });
});
