// The package of docs/connectors.md is proved by the suite that is built for packages, and the hub sees its report.
import { copyFileSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../architecture/sources.ts';
import { execute } from '../cli/checkout.ts';
import { connectorCases } from '../contract/connector/cases.ts';
import type { Report } from '../contract/connector/report.ts';
import { code, manifest, proof } from './acme.ts';
import { folderWith } from './folder.ts';

/** As npm lays it out, with the built suite and one copy of what runs it. */
function packageFolder(): string {
  const folder = folderWith({ 'package.json': manifest, 'index.js': code, 'parcels.test.js': proof });
  mkdirSync(join(folder, 'node_modules', 'syncline', 'dist'), { recursive: true });
  for (const file of ['package.json', 'dist/conformance.js'])
    copyFileSync(join(root, file), join(folder, 'node_modules', 'syncline', file));
  for (const name of ['vitest', 'msw'])
    symlinkSync(realpathSync(join(root, 'node_modules', name)), join(folder, 'node_modules', name));
  return folder;
}

const vitest = (folder: string, ...more: string[]): Promise<string> =>
  execute(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--maxWorkers=1', ...more], folder);

it('runs every case over a package, keeps its report, and fails where the package breaks one', async () => {
  const folder = packageFolder();
  expect(await vitest(folder)).toMatch(/Tests .*\d+ passed/);
  const report = JSON.parse(readFileSync(join(folder, 'conformance.json'), 'utf8')) as Report;
  expect(report.connector).toBe('acme-parcels');
  expect(Object.keys(report.cases)).toEqual(connectorCases.map(({ id }) => id));
  expect(Object.values(report.cases).filter((outcome) => !/^(pass|n\/a: )/.test(outcome))).toEqual([]);
  const careless = code.replace('idempotencyKey: key, ', '');
  expect(careless).not.toBe(code);
  writeFileSync(join(folder, 'index.js'), careless);
  await expect(vitest(folder, '-t', 'a create that is sent again')).rejects.toThrow(
    'a create that is sent again makes one',
  );
}, 60_000);
