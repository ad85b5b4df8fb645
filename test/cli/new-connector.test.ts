// A connector made by the command works at once: in a checkout of its own, with compiler, linter, mapping laws and contract.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/program.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { root } from '../architecture/sources.ts';
import { openShell } from './shell.ts';

const name = 'parcel-tracker';
const parts = ['src', 'connectors', 'mappings', 'scaffold', 'test'];
const settings = ['package.json', 'tsconfig.json', 'vitest.config.ts', 'biome.json'];
const codeLimit = 150;

let checkout: string;
let io: Io;

beforeAll(() => {
  checkout = mkdtempSync(join(tmpdir(), 'syncline-checkout-'));
  for (const part of [...parts, ...settings]) cpSync(join(root, part), join(checkout, part), { recursive: true });
  symlinkSync(realpathSync(join(root, 'node_modules')), join(checkout, 'node_modules'));
});
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

/** Resolves with what it wrote; a failure says it too. */
function tool(program: string, ...argv: string[]): Promise<string> {
  const { CI: _, ...env } = process.env;
  const options = { cwd: checkout, env, maxBuffer: 1 << 24 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [join('node_modules', program), ...argv], options, (error, stdout, stderr) =>
      error ? reject(new Error(`${stdout}\n${stderr}`)) : resolve(stdout + stderr),
    );
  });
}

async function make(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  io = {
    ...openShell().io,
    folder: checkout,
    stdout: (text) => {
      said.out += text;
    },
    stderr: (text) => {
      said.err += text;
    },
  };
  return { code: await run(['new', 'connector', ...argv], io), ...said };
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
    const texts = files.map((file) => readFileSync(join(checkout, file), 'utf8'));
    expect(texts.filter((text) => /__\w+__/.test(text))).toEqual([]);
    expect(texts.at(-1)).toContain('[feed, http, vendure, parcelTracker]');
  });

  it('stays small', () => {
    const code = readFileSync(join(checkout, 'connectors', name, 'index.ts'), 'utf8').split('\n');
    const counted = code.filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line));
    expect(counted.length).toBeGreaterThan(50);
    expect(counted.length).toBeLessThanOrEqual(codeLimit);
  });

  it('compiles, and is formatted', async () => {
    const places = ['connectors', `test/connectors/${name}`];
    writeFileSync(join(checkout, 'tsconfig.new.json'), JSON.stringify({ extends: './tsconfig.json', include: places }));
    await tool('typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.new.json');
    await tool('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--vcs-enabled=false', ...places);
  }, 180_000);

  it('maps orders without a fault', async () => {
    const { faults, mappings } = await loadMappings(join(checkout, 'mappings'), [{ id: 'tracker', connector: name }]);
    expect(faults).toEqual([]);
    expect([...(mappings.get('tracker')?.keys() ?? [])]).toEqual(['order']);
    await tool('vitest/vitest.mjs', 'run', 'test/mapping/laws.test.ts', '-t', `mappings/${name}/`);
  }, 180_000);

  it('keeps the contract at once', async () => {
    const told = await tool('vitest/vitest.mjs', 'run', `test/connectors/${name}`);
    expect(told).toMatch(/Test Files.*1 passed/);
    expect(told).not.toMatch(/failed|skipped/);
    await tool('vitest/vitest.mjs', 'run', 'test/connectors/registry.test.ts');
  }, 180_000);

  it('needs the word of the operator, since nobody has seen it work', async () => {
    const index = await import(join(checkout, 'connectors', 'index.ts'));
    const shell = openShell({
      files: {
        'syncline.yaml': `systems:\n  t: { role: order, connector: ${name}, settings: { url: "http://t", token: "x" } }\n`,
        [`mappings/${name}/order.yaml`]: readFileSync(join(checkout, 'mappings', name, 'order.yaml'), 'utf8'),
      },
    });
    Object.assign(shell.io, { connectors: index.connectors });
    const refused = await shell.syncline('check');
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/^fault: .*systems\.t\.settings: nobody has seen these writes work: create, update/m);
  });

  it('is told of its assumptions once the operator has given it', async () => {
    const index = await import(join(checkout, 'connectors', 'index.ts'));
    const shell = openShell({
      files: {
        'syncline.yaml': `systems:\n  t: { role: order, connector: ${name}, settings: { url: "http://t", token: "x", unverified: true } }\n`,
        [`mappings/${name}/order.yaml`]: readFileSync(join(checkout, 'mappings', name, 'order.yaml'), 'utf8'),
      },
    });
    Object.assign(shell.io, { connectors: index.connectors });
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
