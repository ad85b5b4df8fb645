// A connector made by the command works at once: in a checkout of its own, with compiler, linter, mapping laws and contract.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadMappings } from '../../src/mapping/load.ts';
import { type Checkout, makeCheckout } from './checkout.ts';
import { openShell, type Shell } from './shell.ts';

const name = 'parcel-tracker';
const codeLimit = 150;

let checkout: Checkout;

beforeAll(() => {
  checkout = makeCheckout();
});
afterAll(() => checkout.remove());

const make = (...argv: string[]) => checkout.syncline('new', 'connector', ...argv);
const read = (file: string): string => readFileSync(join(checkout.folder, file), 'utf8');

/** A hub with one system of the new connector. */
async function shellWith(more: string): Promise<Shell> {
  const index = await import(join(checkout.folder, 'connectors', 'index.ts'));
  const system = `{ role: order, connector: ${name}, settings: { url: "http://t", token: "x"${more} } }`;
  const mapping = `mappings/${name}/order.yaml`;
  const shell = openShell({ files: { 'syncline.yaml': `systems:\n  t: ${system}\n`, [mapping]: read(mapping) } });
  return Object.assign(shell, { io: Object.assign(shell.io, { connectors: index.connectors }) });
}

describe('new connector', () => {
  it('writes the files that it names, and one line in the list', async () => {
    const { code, out, err } = await make(name);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining(`npx vitest run test/connectors/${name}`) });
    const files = out.trimEnd().split('\n');
    expect(files).toEqual([
      `connectors/${name}/README.md`,
      `connectors/${name}/index.ts`,
      `mappings/${name}/order.yaml`,
      `test/connectors/${name}/contract.test.ts`,
      `test/connectors/${name}/vendor.ts`,
      'connectors/index.ts',
    ]);
    const texts = files.map(read);
    expect(texts.filter((text) => /__\w+__/.test(text))).toEqual([]);
    expect(texts.at(-1)).toMatch(/ feed,\n[^\]]*,\n {2}parcelTracker,\n\];/);
  });

  it('stays small', () => {
    const code = read(`connectors/${name}/index.ts`).split('\n');
    const counted = code.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line));
    expect(counted.length).toBeGreaterThan(50);
    expect(counted.length).toBeLessThanOrEqual(codeLimit);
  });

  it('compiles, and is formatted', async () => {
    const places = ['connectors', `test/connectors/${name}`];
    writeFileSync(
      join(checkout.folder, 'tsconfig.new.json'),
      JSON.stringify({ extends: './tsconfig.json', include: places }),
    );
    await checkout.tool('typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.new.json');
    await checkout.tool('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--vcs-enabled=false', ...places);
  });

  it('maps orders without a fault', async () => {
    const { faults, mappings } = await loadMappings(join(checkout.folder, 'mappings'), [
      { id: 'tracker', connector: name },
    ]);
    expect(faults).toEqual([]);
    expect([...(mappings.get('tracker')?.keys() ?? [])]).toEqual(['order']);
  });

  it('keeps the contract at once, the rules for all connectors, and the laws of mappings', async () => {
    const told = await checkout.tool('vitest/vitest.mjs', 'run', `test/connectors/${name}`);
    expect(told).toMatch(/Test Files.*1 passed/);
    expect(told).not.toMatch(/failed|skipped/);
    // The rules read the report that the contract has written. Of the laws only those of the new mapping.
    const [rules, laws] = ['test/connectors/registry.test.ts', 'test/mapping/laws.test.ts'];
    const both = await checkout.tool('vitest/vitest.mjs', 'run', rules, laws, '-t', `^connectors|mappings/${name}/`);
    expect(both).toMatch(/Test Files.*2 passed/);
    expect(both).not.toMatch(/failed/);
  });

  it('needs the word of the operator, since nobody has seen it work', async () => {
    const shell = await shellWith('');
    const refused = await shell.syncline('check');
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/^fault: .*systems\.t\.settings: nobody has seen these writes work: create, update/m);
  });

  it('is told of its assumptions once the operator has given it', async () => {
    const shell = await shellWith(', unverified: true');
    const { code, out } = await shell.syncline('check');
    expect({ code, out }).toMatchObject({ code: 0 });
    expect(out).toMatch(/^warning: syncline\.yaml: systems\.t: the write "update" .* nobody has seen it work/m);
  });

  it.each([
    [name, 1, /is there already/],
    ['Parcels', 2, /is no name for a connector/],
    ['../parcels', 2, /is no name for a connector/],
    ['settings', 2, /means something else/],
  ])('refuses %s', async (wanted, exit, words) => {
    const { code, err } = await make(wanted);
    expect({ code, err }).toEqual({ code: exit, err: expect.stringMatching(words) });
  });

  it('refuses a folder that is no checkout', async () => {
    const { code, err } = await openShell().syncline('new', 'connector', 'parcels');
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('is no checkout of Syncline') });
  });
});
