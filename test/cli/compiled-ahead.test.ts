// The bundled program: V8 takes what was compiled ahead of it, and it still imports what an installation brings along.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { read } from '../architecture/sources.ts';
import { endAll, layOut, startAt, write } from '../flows/hub.ts';

const built = fileURLToPath(new URL('../../dist/src', import.meta.url));
/** The first block of a page that begins so. */
const shown = (page: string, start: string): string =>
  [...read(page).matchAll(/^```\w+\n([\s\S]*?)^```/gm)]
    .map(([, text = '']) => text)
    .find((one) => one.startsWith(start)) ?? '';

describe('the bundled program', () => {
  afterEach(endAll);

  it('is compiled ahead, and V8 takes it', () => {
    const ahead = ['.', 'core'].flatMap((folder) =>
      readdirSync(join(built, folder))
        .filter((name) => name.endsWith('.compiled'))
        .map((name) => /^(.*)\.(main|thread)\.compiled$/.exec(name))
        .map((found) => [join(built, folder, found?.[1] ?? ''), found?.[2]]),
    );
    expect(ahead).toEqual(expect.arrayContaining([[join(built, 'main.cjs'), 'main']]));
    expect(ahead).toEqual(expect.arrayContaining([[join(built, 'core', 'thread.cjs'), 'thread']]));
    // In a process of its own: V8 sets aside what was compiled under other flags than it runs under.
    const ask = `const { scriptOf } = await import(${JSON.stringify(join(built, 'load-program.js'))});
      console.log(JSON.stringify(${JSON.stringify(ahead)}.map(([file, program]) => scriptOf(file, program).cachedDataRejected)));`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', ask], { encoding: 'utf8' });
    expect(new Set(JSON.parse(said) as boolean[])).toEqual(new Set([false]));
  });

  it('loads connectors of npm packages in one thread, and codecs of files in the other', async () => {
    const place = layOut({
      systems: {
        parcels: {
          ...{ role: 'wms', connector: 'acme-parcels' },
          settings: { url: 'http://127.0.0.1:9', token: 'a-secret-of-acme' },
        },
      },
      mappings: {
        'parcels/order.yaml': {
          record: 'order',
          fields: [{ ours: 'number', theirs: 'no', codec: { padded: { length: 6 } } }],
        },
        'codecs/padded.js': shown('docs/mappings.md', '// Numbers with leading zeros'),
      },
      more: { connectors: ['@acme/syncline-parcels'] },
    });
    const home = join(place.folder, 'node_modules', '@acme', 'syncline-parcels');
    write(join(home, 'package.json'), shown('docs/connectors.md', '{\n  "name": "@acme/syncline-parcels"'));
    write(join(home, 'index.js'), shown('docs/connectors.md', '// Parcels of Acme'));
    const hub = await startAt(place);
    expect(hub.said).toEqual([]);
    expect(await hub.stop()).toBe(0);
  });
});
