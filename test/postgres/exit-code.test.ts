// What `npm test` ends with is what its tests have said, whatever the PostgreSQL of the run does to the process.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { root } from '../architecture/sources.ts';
import { runningServer } from './server.ts';

it('is 1 when a test fails, with the set-up of all tests', () => {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-exit-code-'));
  try {
    const test = { globals: true, globalSetup: [join(root, 'test/postgres/server.ts')] };
    writeFileSync(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify({ test })}`);
    writeFileSync(join(folder, 'fails.test.mjs'), `it('fails', () => expect(1).toBe(2))`);
    const { status, stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder, '--no-color'],
      { encoding: 'utf8', env: { ...process.env, [runningServer]: inject('postgres') } },
    );
    expect(stdout).toMatch(/Tests +1 failed \(1\)/);
    expect(status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
