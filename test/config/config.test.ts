// The configuration: what it says by itself, what it takes from the environment, and every fault at once.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectors } from '../../connectors/index.ts';
import { type Config, ConfigFaults, loadConfig } from '../../src/config.ts';
import type { Environment } from '../../src/config-source.ts';
import { root } from '../architecture/sources.ts';
import { folderWith } from './folder.ts';

const load = (text: string, env: Environment = {}): Promise<Config> =>
  loadConfig(join(folderWith({ 'syncline.yaml': text }), 'syncline.yaml'), { env, connectors });

async function faultsOf(text: string, env: Environment = {}): Promise<Record<string, string>> {
  const error = await load(text, env).catch((caught: unknown) => caught);
  if (!(error instanceof ConfigFaults)) throw new Error('no faults');
  return Object.fromEntries(error.faults.map(({ path, message }) => [path, message]));
}

const erp = 'systems: { erp: { role: erp, connector: feed } }\n';
const wms = (more: string) =>
  `systems: { wms: { role: wms, connector: http, settings: { url: "http://wms" }, ${more} } }\n`;

describe('what nobody says', () => {
  it('has defaults', async () => {
    const { file, folder, systems, ...config } = await load(erp);
    expect(config).toEqual({
      listen: '127.0.0.1:8080',
      database: { engine: 'sqlite', path: join(folder, 'data', 'syncline.db') },
      mappings: join(folder, 'mappings'),
      evidence: { folder: join(folder, 'data', 'evidence') },
      limits: { body: 1024 * 1024, batch: 1000, depth: 64, headers: 16 * 1024 },
      keep: {
        changes: 365 * 86_400_000,
        intakeKeys: 7 * 86_400_000,
        attempts: 30 * 86_400_000,
        deadLetters: 90 * 86_400_000,
      },
      egress: { allow: [] },
      keys: [],
      log: { level: 'info' },
      shutdownGrace: 10_000,
    });
    expect(file).toBe(join(folder, 'syncline.yaml'));
    expect(systems).toHaveLength(1);
  });

  it('has defaults in a system', async () => {
    const [system] = (await load(erp)).systems;
    const { connector, settings: _, ...rest } = system as NonNullable<typeof system>;
    expect(connector.name).toBe('feed');
    expect(rest).toEqual({
      id: 'erp',
      role: 'erp',
      rawSettings: undefined,
      delivery: {
        ...{ concurrency: 8, timeout: 10_000, attempts: 12, maxAge: 3 * 86_400_000, batch: 1 },
        backoff: { first: 1_000, factor: 2, max: 600_000 },
      },
      breaker: { windowMs: 30_000, minimum: 10, failures: 0.5, cooldownMs: 5_000 },
      backfill: true,
      reconcile: { repair: false, load: false },
      overlays: {},
    });
  });
});

describe('what somebody says', () => {
  it('is read: sizes, times, rates and shares', async () => {
    const text = `
listen: "[::1]:0"
database: sqlite:/var/lib/hub.db
mappings: /etc/mappings
limits: { body: 2MB, headers: 20000, batch: 10, depth: 8 }
keep: { changes: P30D, intakeKeys: 1h }
egress: { allow: [erp.example.com, 10.1.0.0/16] }
publicUrl: https://hub.example.com/
log: { level: debug }
shutdownGrace: 0s
shutdownNotice: 15s
${wms('delivery: { rate: 3000/m, backoff: { first: 50ms, factor: 1.5 }, batch: 20 }, breaker: { failures: 0.25, window: 1m }, backfill: false, mappings: { order: [] }')}`;
    const config = await load(text);
    expect(config).toMatchObject({
      listen: '[::1]:0',
      database: { path: '/var/lib/hub.db' },
      mappings: '/etc/mappings',
      limits: { body: 2 * 1024 * 1024, headers: 20_000, batch: 10, depth: 8 },
      keep: { changes: 30 * 86_400_000, intakeKeys: 3_600_000 },
      egress: { allow: ['erp.example.com', '10.1.0.0/16'] },
      publicUrl: 'https://hub.example.com',
      log: { level: 'debug' },
      shutdownGrace: 0,
      shutdownNotice: 15_000,
    });
    expect(config.systems[0]).toMatchObject({
      delivery: { rate: { count: 3000, perMs: 60_000 }, backoff: { first: 50, factor: 1.5, max: 600_000 }, batch: 20 },
      breaker: { failures: 0.25, windowMs: 60_000 },
      backfill: false,
      overlays: { order: [] },
    });
  });

  it('may be policies: a folder, or what becomes of its files', async () => {
    const short = await load(`policies: rules\n${erp}`);
    expect(short.policies).toEqual({
      folder: join(short.folder, 'rules'),
      activate: 'on_start',
      approval: 'other_key',
    });
    const long = await load(`policies: { activate: manual, approval: none }\n${erp}`);
    expect(long.policies).toEqual({ folder: join(long.folder, 'policies'), activate: 'manual', approval: 'none' });
  });

  it('is read by the connector of a system, and kept as it was written', async () => {
    const [system] = (await load(wms('backfill: true'))).systems;
    expect(system?.settings).toMatchObject({ url: { origin: 'http://wms', path: '' }, repeatSafe: 'idempotency-key' });
    expect(system?.rawSettings).toEqual({ url: 'http://wms' });
  });
});

describe('the environment', () => {
  it('is put into any text, also inside one', async () => {
    const config = await load(
      `listen: "127.0.0.1:\${PORT}"\npublicUrl: "\${URL}"\n${wms(`delivery: { concurrency: "\${N}" }, backfill: "\${FILL}"`)}`,
      { PORT: '9000', URL: 'https://hub.example.com', N: '3', FILL: 'false' },
    );
    expect(config).toMatchObject({ listen: '127.0.0.1:9000', publicUrl: 'https://hub.example.com' });
    expect(config.systems[0]).toMatchObject({ delivery: { concurrency: 3 }, backfill: false });
  });

  it('is not looked up where it is escaped, nor in what it holds', async () => {
    const { systems } = await load(`systems: { erp: { role: "$\${A} $5 \${B}", connector: feed } }`, { B: `\${C}` });
    expect(systems[0]?.role).toBe(`\${A} $5 \${C}`);
  });

  it('that lacks variables is told by their names and places, without what follows from it', async () => {
    expect(
      await faultsOf(
        `systems: { wms: { role: wms, connector: http, settings: { url: "\${WMS_URL}" } } }\nlisten: \${LISTEN}`,
      ),
    ).toEqual({
      'systems.wms.settings.url': 'the environment has no WMS_URL; set it',
      listen: 'the environment has no LISTEN; set it',
    });
  });

  it('has names of letters, digits and "_"', async () => {
    expect(await faultsOf(`systems: { erp: { role: "\${A B}", connector: feed } }`)).toEqual({
      'systems.erp.role': expect.stringContaining(`write \${NAME}, or $\${`),
    });
  });

  it('holds keys, also for systems that are not configured', async () => {
    const { keys } = await load(erp, { SYNCLINE_KEYS: 'pim:intake=s1;ops:read+pii=s2' });
    expect(keys.map(({ name, scopes }) => [name, ...scopes])).toEqual([
      ['pim', 'intake'],
      ['ops', 'read', 'pii'],
    ]);
  });
});

describe('a database on a server', () => {
  it('has its password from the environment, and a name without it', async () => {
    const text = `${erp}database: postgres://hub:${['$', '{DB_PASSWORD}'].join('')}@db.example:5433/hub\n`;
    const config = await load(text, { DB_PASSWORD: 'geheim' });
    expect(config.database).toEqual({
      engine: 'postgres',
      url: 'postgres://hub:geheim@db.example:5433/hub',
      name: 'postgres://db.example:5433/hub',
    });
  });
});

describe('faults', () => {
  it('are told all at once, eleven of eleven', async () => {
    const text = `
listne: 127.0.0.1:80
database: postgres://user:secret@db
limits: { body: 1XB }
log: { level: inof }
mappings: ["a"]
systems:
  console: { role: x, connector: feed }
  wms:
    connector: htp
    delivery: { rate: 50/x, concurency: 3 }
    breaker: { failures: 150% }
`;
    const faults = await faultsOf(text);
    expect(faults).toEqual({
      listne: 'unknown member "listne"; did you mean "listen"?',
      database: '"postgres://db" names no database; write postgres://<user>:<password>@<host>:5432/<database>',
      'limits.body': expect.stringContaining('"1XB" is no size'),
      'log.level': expect.stringContaining('did you mean "info"?'),
      mappings: 'must be a text',
      'systems.console': expect.stringContaining('choose another name'),
      'systems.wms.role': 'is missing',
      'systems.wms.connector': 'unknown connector "htp"; did you mean "http"?',
      'systems.wms.delivery.rate': expect.stringContaining('write 50/s'),
      'systems.wms.delivery.concurency': 'unknown member "concurency"; did you mean "concurrency"?',
      'systems.wms.breaker.failures': 'must be more than 0% and at most 100%',
    });
  });

  it('stand in the settings of connectors and in SYNCLINE_KEYS too, without the secret', async () => {
    const text =
      'systems: { wms: { role: wms, connector: http, settings: { url: "ftp://wms", records: { ordr: {} } } } }';
    const faults = await faultsOf(text, { SYNCLINE_KEYS: 'ops:operat=s3cret' });
    expect(faults).toEqual({
      'systems.wms.settings.url': 'must start with http:// or https://',
      'systems.wms.settings.records.ordr': 'unknown member "ordr"; did you mean "order"?',
      SYNCLINE_KEYS: expect.stringContaining('did you mean "operate"?'),
    });
    expect(JSON.stringify(faults)).not.toContain('s3cret');
  });

  it('in the YAML have a line', async () => {
    expect(await faultsOf('listen: a\nlisten: b\nsystems: [\n')).toEqual({
      'line 2': 'Map keys must be unique',
      'line 4': expect.stringContaining('Flow sequence'),
    });
  });

  it.each([
    ['listen', 'listen: 8080', 'host:port'],
    ['listen', 'listen: 127.0.0.1:99999', 'host:port'],
    ['listen', 'listen: localhost', 'host:port'],
    ['database', 'database: sqlite://data/hub.db', 'write sqlite:<path>'],
    ['database', 'database: "sqlite::memory:"', 'forgets everything'],
    ['database', 'database: env:DATABASE_URL', `write \${DATABASE_URL} here`],
    ['database', 'database: mysql://root:geheim@db', 'mysql://db'],
    ['database', 'database: "postgres://a b/hub"', 'no address of a PostgreSQL database'],
    ['limits.batch', 'limits: { batch: 0 }', 'from 1 to'],
    ['limits.headers', 'limits: { headers: 10 }', 'at least 1024'],
    ['limits.depth', 'limits: { depth: deep }', 'must be a number'],
    ['keep.changes', 'keep: { changes: 0d }', 'longer than nothing'],
    ['keep.changes', 'keep: { changes: 7 }', 'a length of time'],
    ['publicUrl', 'publicUrl: hub.example.com', 'write https://'],
    ['egress.allow[1]', 'egress: { allow: [a, 10.0.0.0/33] }', 'no range'],
    ['egress.allow', 'egress: { allow: a }', 'must be a list'],
    ['shutdownGrace', 'shutdownGrace: soon', 'is no duration'],
    ['policies.activate', 'policies: { activate: never }', 'on_start, manual'],
  ])('%s: %s', async (path, line, message) => {
    expect(await faultsOf(`${erp}${line}\n`)).toEqual({ [path]: expect.stringContaining(message) });
  });

  it.each([
    ['systems.wms.delivery.rate', 'delivery: { rate: 0/s }', 'no rate'],
    ['systems.wms.delivery.rate', 'delivery: { rate: 50 }', 'such as 50/s'],
    ['systems.wms.delivery.concurrency', 'delivery: { concurrency: 1.5 }', 'whole number'],
    ['systems.wms.delivery.backoff.max', 'delivery: { backoff: { first: 5s, max: 1s } }', 'shorter than first'],
    ['systems.wms.delivery.backoff.factor', 'delivery: { backoff: { factor: 0.5 } }', 'at least 1'],
    ['systems.wms.breaker.failures', 'breaker: { failures: 0 }', 'more than 0%'],
    ['systems.wms.backfill', 'backfill: maybe', 'true or false'],
    ['systems.wms.reconcile', 'reconcile: { every: 24h }', 'list'],
    ['systems.wms.mappings', 'mappings: [order]', 'must have members'],
  ])('%s: %s', async (path, more, message) => {
    expect(await faultsOf(wms(more))).toEqual({ [path]: expect.stringContaining(message) });
  });

  it.each(['WMS', '1st', 'a.b', 'policy', 'hub', 'console', '__proto__', 'a'.repeat(33)])(
    'the system %s',
    async (id) => {
      const faults = await faultsOf(
        `systems: { erp: { role: erp, connector: feed }, "${id}": { role: x, connector: feed } }`,
      );
      expect(faults).toHaveProperty([`systems.${id}`]);
    },
  );

  it.each([
    ['', 'systems', 'is missing'],
    ['systems: {}', 'systems', 'names no system'],
    ['systems: []', 'systems', 'must have members'],
    ['systems: { wms: 3 }', 'systems.wms', 'must have members'],
    ['just words', '', 'must have members'],
  ])('the file %j', async (text, path, message) => {
    expect(await faultsOf(text)).toEqual({ [path]: message });
  });

  it('of a file that is not there name it', async () => {
    const reading = loadConfig('/nowhere/syncline.yaml', { env: { SYNCLINE_KEYS: 'x' }, connectors });
    await expect(reading).rejects.toMatchObject({
      file: '/nowhere/syncline.yaml',
      faults: [
        { path: '', message: 'there is no such file; name another with --config <file>' },
        { path: 'SYNCLINE_KEYS', message: expect.stringContaining('must read name:scope') },
      ],
      documents: undefined,
    });
  });

  it('leave the documents known that can be checked all the same', async () => {
    const error = await load(
      'listen: x\nmappings: m\nsystems: { a: { connector: feed, mappings: { order: 1 } }, b: { connector: fed } }',
    ).catch((caught: unknown) => caught as ConfigFaults);
    expect(error).toMatchObject({
      documents: {
        mappings: expect.stringMatching(/\/m$/),
        systems: [{ id: 'a', connector: 'feed', overlays: { order: 1 } }],
      },
    });
  });
});

describe('the configurations of this repository', () => {
  it('are read as they stand', async () => {
    const sandbox = await loadConfig(join(root, 'syncline.yaml'), { env: {}, connectors });
    expect(sandbox.systems.map(({ id, connector }) => [id, connector.name])).toEqual([
      ['shop', 'http'],
      ['crm', 'http'],
      ['wms', 'http'],
      ['erp', 'feed'],
    ]);
    expect(sandbox.systems[2]?.delivery.rate).toEqual({ count: 50, perMs: 1_000 });
    const url = 'http://127.0.0.1:9';
    const env = { BENCH_DATABASE: 'sqlite:a.db', BENCH_SHOP: url, BENCH_CRM: url, BENCH_WMS: url, BENCH_ERP: url };
    const bench = await loadConfig(join(root, 'bench', 'hub', 'syncline.yaml'), { env, connectors });
    expect(bench.systems.map(({ delivery }) => delivery.concurrency)).toEqual([8, 64, 64, 64]);
  });
});
