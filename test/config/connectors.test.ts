// Connectors of npm packages: a real one in a folder, what it can do there, and every way in which it can be wrong.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectors } from '../../connectors/index.ts';
import { ConfigFaults, loadConfig } from '../../src/config.ts';
import { ConnectorError } from '../../src/connector/contract.ts';
import { kitVersion } from '../../src/connector/kit.ts';
import { secretValues } from '../../src/connector/secret.ts';
import { openShell } from '../cli/shell.ts';
import { aSend, connectTo } from '../connectors/connect.ts';
import { code, manifest } from './acme.ts';
import { folderWith } from './folder.ts';

const syncline = (settings: string) => `
listen: 127.0.0.1:9
database: sqlite:hub.db
connectors: ["@acme/syncline-parcels"]
systems:
  parcels: { role: wms, connector: acme-parcels, settings: ${settings} }
`;
const config = syncline('{ url: "https://parcels.example.com", token: a-secret-of-acme }');
const at = 'node_modules/@acme/syncline-parcels/';
/** What the suite writes, as far as the hub reads it. */
const report = (cases: object, connector = 'acme-parcels') => ({
  [`${at}conformance.json`]: JSON.stringify({ connector, cases }),
});
const proved = report({ create_repeats: 'pass', silent: 'pass', poll: 'n/a: it polls nothing' });
const files = { [`${at}package.json`]: manifest, [`${at}index.js`]: code, ...proved };

const load = (more: Record<string, string>) =>
  loadConfig(join(folderWith({ 'syncline.yaml': config, ...files, ...more }), 'syncline.yaml'), {
    env: {},
    connectors,
  });

const packageWith = (member: object, index = code) => ({
  [`${at}package.json`]: JSON.stringify({ ...JSON.parse(manifest), ...member }),
  [`${at}index.js`]: index,
});

describe('a connector of an npm package', () => {
  it('is loaded, and its settings are read and masked as those of the hub', async () => {
    const { packages, systems } = await load({});
    expect(packages).toMatchObject([
      { package: '@acme/syncline-parcels', version: '1.2.0', connector: { name: 'acme-parcels' } },
    ]);
    const [system] = systems;
    expect(system?.connector).toBe(packages?.[0]?.connector);
    expect(secretValues(system?.connector.settings as never, system?.rawSettings)).toEqual(['a-secret-of-acme']);
  });

  it('writes with the kit of the hub, and fails in its words', async () => {
    const statuses = [201, 422];
    const arrivals: string[] = [];
    const server = createServer((request, response) => {
      arrivals.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.writeHead(statuses.shift() ?? 500).end('{"id":"P-1","message":"no such town"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const [{ connector } = { connector: undefined }] = (await load({})).packages ?? [];
    if (!connector?.push) throw new Error('it writes nothing');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connection = connectTo(connector, { url, token: 'a-secret-of-acme' });
    expect(await connector.push(aSend(), connection.context())).toEqual({ externalId: 'P-1', status: 201 });
    const error = await connector.push(aSend(), connection.context()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectorError);
    expect(error).toMatchObject({ kind: 'rejected', message: 'no such town' });
    expect(arrivals).toEqual(['POST /parcels Bearer a-secret-of-acme', 'POST /parcels Bearer a-secret-of-acme']);
    await connection.destroy();
    server.close();
  });

  it('sends batches with the kit of the hub, of which only what fails fails', async () => {
    const batches = `export default ({ askJson, pushAlone, pushInBatches, sendingOf, ConnectorError, ...kit }) => {
      const write = async (sends, { settings: { url }, ...context }) => {
        const body = sends.map(({ recordId }) => recordId);
        const asked = { method: 'POST', origin: url.origin, path: '/batch', body, what: 'a batch', sending: sendingOf(sends) };
        return (await askJson({ ...context }, asked)).tree;
      };
      const pushMany = (sends, context) => pushInBatches(sends, {
        size: 2,
        groupOf: () => 'all',
        write: (group) => write(group, context),
        finish: async (send, told) => {
          const [id] = told === undefined ? await write([send], context) : [told];
          if (id === null) throw new ConnectorError('rejected', 'no such town');
          return { externalId: id, status: 200 };
        },
      });
      const operations = [{ name: 'POST /batch', does: 'write', source: 'third_party', link: 'https://example.com/batch' }];
      const records = { records: () => ['order'], writeStyle: () => 'whole', repeatSafe: () => 'idempotency-key' };
      const batches = () => ({ size: 2, operations: ['create'] });
      const settings = kit.z.strictObject({ url: kit.baseUrl(), token: kit.secret() });
      return kit.defineConnector({
        ...{ name: 'acme-parcels', title: 'Acme', settings, operations, push: pushAlone(pushMany), pushMany, batches, ...records },
      });
    };`;
    const arrivals: string[] = [];
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      arrivals.push(body);
      response.end(JSON.stringify((JSON.parse(body) as string[]).map((id) => (id === 'b' ? null : `P-${id}`))));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const [{ connector } = { connector: undefined }] = (await load(packageWith({}, batches))).packages ?? [];
    if (!connector?.pushMany) throw new Error('it sends no batches');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const connection = connectTo(connector, { url, token: 'a-secret-of-acme' });
    const sends = ['a', 'b', 'c'].map((recordId) => ({ ...aSend(), recordId, key: `wms:${recordId}` }));
    expect(await connector.pushMany(sends, connection.context())).toMatchObject([
      { pushed: { externalId: 'P-a' } },
      { error: { kind: 'rejected', message: 'no such town' } },
      { pushed: { externalId: 'P-c' } },
    ]);
    expect(arrivals).toEqual(['["a","b"]', '["c"]']);
    await connection.destroy();
    server.close();
  });

  it('is named by syncline check, with what nobody vouches for', async () => {
    const mapping =
      'connector: acme-parcels\nrecord: shipment\npayload: delta\nidentity: { id: id }\nfields: [{ ours: number, theirs: code, required: true }]\n';
    const shell = openShell({
      files: { 'syncline.yaml': config, ...files, 'mappings/acme-parcels/shipment.yaml': mapping },
    });
    const { code: exit, out } = await shell.syncline('check');
    expect({ exit, out }).toEqual({
      exit: 0,
      out: expect.stringContaining(
        'connector acme-parcels (npm package @acme/syncline-parcels 1.2.0; 2 cases of the contract kept)',
      ),
    });
    expect(out).not.toContain('is not proved');
    expect(out).toContain('"POST /parcels" of the connector acme-parcels is known from other people\'s code only');
    expect(await shell.json('check')).toMatchObject({
      connectors: [{ package: '@acme/syncline-parcels', version: '1.2.0', connector: 'acme-parcels', kept: 2 }],
    });
  });

  it.each<[what: string, Record<string, string>, string]>([
    ['no report', packageWith({ syncline: { kit: 1 } }), 'it carries no report of the contract suite'],
    [
      'a report that is not there',
      packageWith({ syncline: { kit: 1, conformance: 'gone.json' } }),
      'its report gone.json is not there',
    ],
    [
      "another's report",
      report({ silent: 'pass' }, 'http'),
      'its report conformance.json is none of the contract suite for acme-parcels',
    ],
    ['no JSON', { [`${at}conformance.json`]: 'pass' }, 'its report conformance.json is none of the contract suite'],
    [
      'a broken case',
      report({ silent: 'pass', stall: 'failed' }),
      'its report conformance.json has cases that were not kept: stall',
    ],
    ['nothing proved', report({ silent: 'n/a: no' }), 'its report conformance.json has no case that was kept'],
  ])('is said not to be proved with %s', async (_, more, doubt) => {
    const shell = openShell({ files: { 'syncline.yaml': config, ...files, ...more } });
    const { out } = await shell.syncline('check');
    expect(out).toContain(`connectors: the package @acme/syncline-parcels is not proved: ${doubt}`);
  });

  it('is found above the folder too, and by each way in which a package names its entry', async () => {
    const inner = { 'hub/syncline.yaml': config };
    const folder = folderWith({ ...files, ...inner });
    expect((await loadConfig(join(folder, 'hub/syncline.yaml'), { env: {}, connectors })).packages).toHaveLength(1);
    const entries = [
      { exports: './index.js' },
      { exports: { '.': { types: './index.d.ts', import: './index.js' } } },
      { exports: { default: './index.js' } },
      { exports: undefined, main: 'index.js' },
      { exports: undefined, main: undefined },
    ];
    for (const entry of entries) expect((await load(packageWith(entry))).packages).toHaveLength(1);
  });
});

async function faultOf(more: Record<string, string>): Promise<string> {
  const error = await load(more).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigFaults)) throw new Error('there is no fault');
  const found = error.faults.filter(({ path }) => path.startsWith('connectors'));
  expect(found).toHaveLength(1);
  // The system that wants the connector of that package is no second fault.
  expect(error.faults).toEqual(found);
  return `${found[0]?.path}: ${found[0]?.message}`;
}

const named = (list: string) => ({ 'syncline.yaml': config.replace(/^connectors:.*$/m, `connectors: ${list}`) });

describe('a package that is no good', () => {
  it.each<[what: string, Record<string, string>, string]>([
    ['is no name of one', named('["../evil"]'), 'connectors[0]: must be the name of an npm package'],
    [
      'is not installed',
      named('["@acme/other"]'),
      'the package @acme/other is not installed; run "npm install @acme/other" in',
    ],
    ['is no list', named('7'), 'connectors: must be a list'],
    [
      'is for nobody',
      packageWith({ syncline: undefined }),
      'is no connector for this hub: its package.json has no "syncline": { "kit": 1 }',
    ],
    [
      'is too new',
      packageWith({ syncline: { kit: kitVersion + 1 } }),
      'is made for kit 2, this hub has kit 1; update the hub',
    ],
    [
      'is too old',
      packageWith({ syncline: { kit: 0 } }),
      'is made for kit 0, this hub has kit 1; install a newer version',
    ],
    ['has no code', packageWith({ exports: './gone.js' }), '@acme/syncline-parcels cannot be loaded: '],
    ['has code that fails', packageWith({}, 'throw new Error("out of parcels");'), 'cannot be loaded: out of parcels'],
    [
      'exports nothing',
      packageWith({}, 'export const connector = {};'),
      'exports no connector: its default export must be a function of the kit',
    ],
    [
      'returns nothing',
      packageWith({}, 'export default () => undefined;'),
      'exports no connector: its function returns none',
    ],
    [
      'is wrong',
      packageWith({}, 'export default ({ z }) => ({ name: "Acme", settings: z.object({}), pusch: 1 });'),
      'unknown member "pusch"; did you mean "push"?',
    ],
    [
      'fails to define',
      packageWith({}, 'export default ({ defineConnector }) => defineConnector({ name: "acme" });'),
      'settings must be a zod schema',
    ],
    [
      'takes a name',
      packageWith({}, code.replace("name: 'acme-parcels'", "name: 'http'")),
      'calls its connector "http", and there is one of that name already',
    ],
    [
      'comes twice',
      named('["@acme/syncline-parcels", "@acme/syncline-parcels"]'),
      'connectors[1]: @acme/syncline-parcels calls its connector "acme-parcels"',
    ],
    ['is broken', { [`${at}package.json`]: '{ "name": ' }, 'the package.json of @acme/syncline-parcels cannot be read'],
  ])('because it %s', async (_, more, message) => {
    expect(await faultOf(more)).toContain(message);
  });
});

it('leaves a mistyped name of a connector that is there a fault of its own', async () => {
  const mistyped = named('["@acme/other"]')['syncline.yaml'].replace('connector: acme-parcels', 'connector: htp');
  const error = await load({ 'syncline.yaml': mistyped }).catch((thrown: unknown) => thrown);
  expect((error as ConfigFaults).faults.map(({ path }) => path)).toEqual([
    'connectors[0]',
    'systems.parcels.connector',
  ]);
});
