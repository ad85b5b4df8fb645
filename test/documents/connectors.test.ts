// docs/connectors.md: its tables are those of the code, and whoever follows it from the first line to the last gets there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectors } from '../../connectors/index.ts';
import type { Connector } from '../../src/connector/contract.ts';
import { doubtfulOperations } from '../../src/connector/operations.ts';
import { read, root } from '../architecture/sources.ts';
import { type Checkout, execute, makeCheckout } from '../cli/checkout.ts';
import { openShell } from '../cli/shell.ts';
import { filledIn } from './connectors-page.ts';

const file = join(root, 'docs', 'connectors.md');

it('has the tables of the code and of the last run (npx vitest run test/documents/connectors.test.ts -u writes them)', async () => {
  await expect(filledIn(readFileSync(file, 'utf8'))).toMatchFileSnapshot(file);
});

it.each(connectors.filter(({ operations }) => operations !== 'configured').map(({ name }) => name))(
  'connectors/%s/README.md names every setting, and what nobody vouches for',
  (name) => {
    const readme = read(`connectors/${name}/README.md`);
    const connector = connectors.find((one) => one.name === name) as Connector;
    const settings = (connector.settings as unknown as { shape: Record<string, unknown> }).shape;
    const named = [...Object.keys(settings), ...doubtfulOperations(connector).map((operation) => operation.name)];
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((one) => !readme.includes(`\`${one}`))).toEqual([]);
  },
);

/** What has a form of its own; every other secret is a text. */
const secrets = {
  SLACK_WEBHOOK: 'T0/B0/x0',
  LEGACY_URL: 'postgres://hub:x@127.0.0.1/legacy',
  VENDURE_KEY: 'lookup:secret',
};

describe.each(connectors.filter(({ operations }) => operations !== 'configured').map(({ name }) => name))(
  'the configuration that connectors/%s/README.md shows',
  (name) => {
    it('is taken as it stands, with the mappings of the connector', async () => {
      const [, shown = ''] = /^```yaml\n(systems:\n[\s\S]*?)^```/m.exec(read(`connectors/${name}/README.md`)) ?? [];
      const named = [...shown.matchAll(/\$\{(\w+)\}/g)].map(([, variable = '']) => [
        variable,
        'a-secret-of-the-page-0123456789',
      ]);
      const env = { ...Object.fromEntries(named), ...secrets };
      const place = `listen: 127.0.0.1:9\ndatabase: sqlite:hub.db\nmappings: ${join(root, 'mappings')}\n`;
      const shell = openShell({ files: { 'syncline.yaml': place + shown }, env });
      const { faults, mappings } = (await shell.json('check')) as { faults: object[]; mappings: { file: string }[] };
      expect({ faults, strange: mappings.filter(({ file: of }) => !of.includes(`mappings/${name}/`)) }).toEqual({
        faults: [],
        strange: [],
      });
    });
  },
);

interface Step {
  language: string;
  text: string;
}

/** Every block of the walk-through, in its order. */
function stepsOf(page: string): Step[] {
  const from = page.indexOf('## Your first connector in an hour');
  const walk = page.slice(from, page.indexOf('\n## ', from + 3));
  return [...walk.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language = '', text = '']) => ({ language, text }));
}

describe('your first connector', () => {
  let checkout: Checkout;
  beforeAll(() => {
    checkout = makeCheckout();
  });
  afterAll(() => checkout.remove());

  it('is there when every step was taken', async () => {
    const steps = stepsOf(readFileSync(file, 'utf8'));
    expect(steps.map(({ language }) => language)).toEqual(expect.arrayContaining(['sh', 'diff', 'text']));
    let said = '';
    for (const { language, text } of steps) {
      if (language === 'sh') said = await follow(text, checkout);
      if (language === 'diff') await patch(text, checkout);
      if (language === 'yaml') writeFileSync(join(checkout.folder, 'syncline.yaml'), text);
      // What the page says that the command before it says.
      if (language === 'text') for (const line of text.trim().split('\n')) expect(said).toContain(line.trim());
    }
  }, 300_000);
});

async function follow(commands: string, { syncline, tool }: Checkout): Promise<string> {
  let said = '';
  for (const line of commands.trim().split('\n')) {
    const [command = '', ...argv] = line.replace(/ +#.*$/, '').split(' ');
    if (command === 'npm') continue;
    if (line.startsWith('node dist/src/main.js ')) said += await answered(syncline(...argv.slice(1)), line);
    else if (line.startsWith('npx vitest ')) said += await tool('vitest/vitest.mjs', ...argv.slice(1));
    else throw new Error(`nobody knows how to follow "${line}"`);
  }
  return said;
}

async function answered(running: Promise<{ code: number; out: string; err: string }>, line: string): Promise<string> {
  const { code, out, err } = await running;
  expect(code, `${line}: ${err}`).toBe(0);
  return out + err;
}

async function patch(text: string, { folder }: Checkout): Promise<void> {
  writeFileSync(join(folder, 'step.diff'), text);
  await execute('git', ['apply', '--unidiff-zero', '--recount', 'step.diff'], folder);
}
