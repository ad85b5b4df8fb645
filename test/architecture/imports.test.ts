// The import rules hold, and each of them bites: a tree with one forbidden import per rule is refused for all of them.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './sources.ts';

interface Rule {
  name: string;
  comment?: string;
}

const rules: Rule[] = createRequire(import.meta.url)('../../.dependency-cruiser.cjs').forbidden;

/** [rule, importing file, imported]: each alone would be the smallest sin against its rule. */
const forbidden: [rule: string, from: string, to: string][] = [
  ['model', 'src/model/a.ts', '../connector/contract.ts'],
  ['connector', 'src/connector/a.ts', '../mapping/mapping.ts'],
  ['mapping', 'src/mapping/a.ts', '../connector/contract.ts'],
  ['merge', 'src/merge/a.ts', '../mapping/mapping.ts'],
  ['policy', 'src/policy/a.ts', '../merge/types.ts'],
  ['evidence', 'src/evidence/a.ts', '../store/store.ts'],
  ['one-connector', 'connectors/shop/index.ts', '../feed/index.ts'],
  ['one-connector', 'connectors/shop/store.ts', '../../src/store/store.ts'],
  ['connector-list', 'connectors/index.ts', '../src/mapping/mapping.ts'],
  ['intake', 'src/intake/a.ts', '../store/sqlite/engine.ts'],
  ['intake', 'src/intake/b.ts', '../delivery/relay.ts'],
  ['delivery', 'src/delivery/a.ts', '../gateway/gateway.ts'],
  ['feed', 'src/feed/a.ts', '../observe/metrics.ts'],
  ['core', 'src/core/a.ts', '../store/sqlite/engine.ts'],
  ['core-thread', 'src/core/thread.ts', '../gateway/gateway.ts'],
  ['store-port', 'src/store/a.ts', './sqlite/engine.ts'],
  ['store-engine', 'src/store/sqlite/a.ts', '../../intake/a.ts'],
  ['store-engine', 'src/store/sqlite/b.ts', '../postgres/engine.ts'],
  ['store-copy', 'src/store/copy/a.ts', '../../intake/a.ts'],
  ['observe', 'src/observe/a.ts', '../delivery/relay.ts'],
  ['gateway', 'src/gateway/a.ts', '../store/sqlite/engine.ts'],
  ['gateway', 'src/gateway/b.ts', '../core/machinery.ts'],
  ['console', 'src/console/a.ts', '../merge/types.ts'],
  ['handed-in', 'src/log.ts', './gateway/gateway.ts'],
  ['composition-root', 'src/delivery/b.ts', '../app.ts'],
  ['composition-root', 'connectors/shop/settings.ts', '../../src/config.ts'],
  ['connectors-by-registry', 'src/delivery/c.ts', '../../connectors/feed/index.ts'],
  ['product-alone', 'src/app.ts', '../sandbox/demo.ts'],
  ['sql-behind-port', 'src/intake/c.ts', 'better-sqlite3'],
  ['engines-own-their-driver', 'src/store/sqlite/c.ts', 'pg'],
  ['http-at-the-edge', 'src/intake/d.ts', 'hono/cors'],
  ['http-client-handed-in', 'src/delivery/d.ts', 'undici'],
  ['pictures-in-one-place', 'src/intake/e.ts', 'sharp'],
  ['no-cycles', 'src/mapping/mapping.ts', './twin.ts'],
  ['resolvable', 'src/mapping/b.ts', './nowhere.ts'],
];

/** What the sinners import; the last one closes the cycle. */
const targets = [
  'src/connector/contract.ts',
  'src/merge/types.ts',
  'src/store/store.ts',
  'src/store/sqlite/engine.ts',
  'src/store/postgres/engine.ts',
  'src/delivery/relay.ts',
  'src/gateway/gateway.ts',
  'src/observe/metrics.ts',
  'src/core/machinery.ts',
  'src/config.ts',
  'connectors/feed/index.ts',
  'sandbox/demo.ts',
];

/** An import of a type, since that is what a parser that only looks at emitted code would miss. */
const importing = (target: string): string => `import type { Thing } from '${target}';\nexport type Mine = Thing;\n`;

function check(tree: string): Promise<{ ok: boolean; text: string }> {
  const script = join(root, 'scripts', 'check-imports.mjs');
  return new Promise((resolve) => {
    execFile(process.execPath, [script, tree], { maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
      resolve({ ok: error === null, text: stderr + stdout }),
    );
  });
}

async function write(tree: string, file: string, text: string): Promise<void> {
  await mkdir(dirname(join(tree, file)), { recursive: true });
  await writeFile(join(tree, file), text);
}

describe('import rules', () => {
  let tree: string;

  beforeAll(async () => {
    tree = await mkdtemp(join(tmpdir(), 'syncline-imports-'));
  });
  afterAll(() => rm(tree, { recursive: true }));

  it('hold for this repository', async () => {
    const { ok, text } = await check(root);
    expect(text).toMatch(/\d+ modules, \d+ rules, 0 faults/);
    expect(ok).toBe(true);
  });

  it('each have a reason and a try below', () => {
    expect(rules.filter(({ comment }) => (comment ?? '').length < 20)).toEqual([]);
    expect(new Set(forbidden.map(([rule]) => rule))).toEqual(new Set(rules.map(({ name }) => name)));
  });

  it('refuse a tree that breaks every one of them', async () => {
    for (const target of targets) await write(tree, target, 'export interface Thing { a: 1 }\n');
    await write(tree, 'src/mapping/twin.ts', importing('./mapping.ts'));
    for (const [, from, to] of forbidden) await write(tree, from, importing(to));
    const { ok, text } = await check(tree);
    expect(ok).toBe(false);
    const missed = forbidden.filter(([rule, from]) => !new RegExp(`^${from} -> .*\\n {4}${rule}:`, 'm').test(text));
    expect(missed).toEqual([]);
  });

  it('fail where no code was seen', async () => {
    const { ok, text } = await check(join(tree, 'src', 'model'));
    expect(text).toContain('no source file found');
    expect(ok).toBe(false);
  });
});
