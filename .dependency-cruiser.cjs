// Who may import whom (ARCHITECTURE.md), each rule with its reason. Run by `npm run check:imports`, which proves that the code was read.

/** Types and error shapes that both sides of the worker thread speak; not the machinery behind them. */
const coreTypes = '^src/core/(core|catalog|problem)\\.ts$';
/** The port of the store: whole verbs and the rows they carry, whatever the engine. */
const storePort = '^src/store/(store|sharing|credentials|rows|draft|errors|reading)\\.ts$';
/** Time and log are handed in; their types are known everywhere below the composition root. */
const handedIn = '^src/(clock|log)\\.ts$';

const ours = '^(src|connectors|sandbox|bench|test)/';
const folder = (name) => `^src/${name}/`;
const pure = ['model', 'mapping', 'merge', 'policy'].map(folder);

/** Files of a layer may import each other, what is listed, and nothing else of ours. */
const layer = (name, comment, mayImport) => ({
  ...part(name, comment, folder(name), mayImport),
  to: { path: ours, pathNot: [folder(name), ...mayImport] },
});

/** The same for a pattern of files; here the list is the whole of it, `$1` is what the pattern caught. */
const part = (name, comment, path, mayImport) => ({
  name,
  comment,
  severity: 'error',
  from: { path },
  to: { path: ours, pathNot: mayImport },
});

/** A package that one part of the server hides from all others. */
const hidden = (name, packages, owners, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^(src|connectors)/', pathNot: owners },
  to: { path: packages.flatMap((name) => [`^${name}(/|$)`, `node_modules/${name}(/|$)`]) },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    layer(
      'model',
      'The canonical model is what everything else agrees on; it can only be that if it knows nothing of them.',
      [],
    ),
    layer(
      'connector',
      'The kit is all that a connector author reads: the model and the contract. Who retries and who stores is not its business.',
      [folder('model')],
    ),
    layer(
      'mapping',
      'A mapping is a pure function between a payload and a record, proved by round trips; a connector or a store would end that.',
      [folder('model')],
    ),
    layer('merge', 'Merging is pure, so that convergence can be proved on generated histories.', [folder('model')]),
    layer('policy', 'A decision must be replayable from its facts alone, bit for bit.', [folder('model')]),
    layer(
      'evidence',
      'The pre-check is given pictures and says what it sees; what a return or a store makes of it is decided elsewhere.',
      [folder('model'), folder('policy')],
    ),
    part(
      'one-connector',
      'A connector is written against the kit only, and never against another connector: each can be deleted by its folder.',
      '^connectors/([^/]+)/',
      [folder('connector'), folder('model'), '^connectors/$1/'],
    ),
    part(
      'connector-list',
      'The list of connectors names the connectors and their contract; were it to know more, each of them would.',
      '^connectors/[^/]+\\.ts$',
      [folder('connector'), '^connectors/[^/]+/index\\.ts$'],
    ),
    ...['intake', 'delivery'].map((name) =>
      layer(
        name,
        'Speaks to the store through its port and to the rest through types, so that it runs on any engine, in any thread, in a test without either.',
        [...pure, folder('connector'), storePort, coreTypes, handedIn],
      ),
    ),
    layer(
      'feed',
      'A feed is delivery that the system asks for: what is sent and what an answer means is decided in one place for both.',
      [...pure, folder('connector'), folder('delivery'), storePort, coreTypes, handedIn],
    ),
    part(
      'core',
      'The half of the hub that lives beside the store. Only its thread entry may choose an engine; HTTP and configuration stay outside.',
      '^src/core/(?!(thread|open|open-store)\\.ts$)',
      [...pure, folder('(core|connector|intake|delivery|feed)'), storePort, handedIn],
    ),
    part(
      'core-thread',
      'The entry of the worker thread and what it opens join the core with an engine; only the composition root may too.',
      '^src/core/(thread|open|open-store)\\.ts$',
      [...pure, folder('(core|connector|intake|delivery|feed|store)'), handedIn],
    ),
    part(
      'store-port',
      'The port describes state in words of the model and of the merge; an engine above it would be an engine inside it.',
      '^src/store/[^/]+\\.ts$',
      [storePort, folder('model'), '^src/merge/types\\.ts$'],
    ),
    part(
      'store-engine',
      'An engine fulfils the port. If it knew its callers, the contract suite would no longer describe it.',
      '^src/store/(?!copy/)([^/]+)/',
      ['^src/store/$1/', folder('store/engine'), storePort, folder('model'), '^src/merge/types\\.ts$', handedIn],
    ),
    part(
      'store-copy',
      'Moving from one engine to the other is the one thing that has to know both; whoever starts it knows neither.',
      '^src/store/copy/',
      [folder('store/(copy|engine|postgres|sqlite)'), storePort],
    ),
    layer('observe', 'Measures what it is told; observing must never be a reason to load a part of the hub.', [
      folder('model'),
      storePort,
      coreTypes,
      handedIn,
    ]),
    layer(
      'gateway',
      'HTTP answers from what the core says. A gateway that reaches the store or a merge by itself would make a second set of rules.',
      [folder('(model|connector|observe)'), storePort, coreTypes, handedIn],
    ),
    layer('console', 'Pages have no logic of their own: they show what the core answers.', [
      folder('(model|gateway|observe)'),
      storePort,
      coreTypes,
      handedIn,
    ]),
    part('handed-in', 'Clock and log are imported by everyone; anything they import, everyone would.', handedIn, [
      handedIn,
      folder('model'),
    ]),
    {
      name: 'composition-root',
      comment:
        'app.ts joins things and config reads the outside; whoever is joined or configured must not reach back up.',
      severity: 'error',
      from: { path: '^(src/[^/]+/|connectors/)', pathNot: '^src/cli/' },
      to: { path: '^src/(app|main|config[^/]*|cli/.*)' },
    },
    {
      name: 'connectors-by-registry',
      comment: 'Only the composition root knows which connectors exist; a core that names one cannot serve the next.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: ['^src/cli/', '^src/core/thread\\.ts$'] },
      to: { path: '^connectors/' },
    },
    {
      name: 'product-alone',
      comment: 'What is shipped must run without the sandbox, the benches and the tests.',
      severity: 'error',
      from: { path: '^(src|connectors)/' },
      to: { path: '^(sandbox|bench|test)/' },
    },
    hidden(
      'sql-behind-port',
      ['better-sqlite3', 'drizzle-orm', 'pg'],
      ['^src/store/[^/]+/', '^src/connector/sql-(sqlite|postgres)\\.ts$'],
      'No SQL, connection or transaction above the port. Databases of other systems are reached by the kit.',
    ),
    hidden(
      'engines-own-their-driver',
      ['pg'],
      ['^src/store/postgres/', '^src/connector/sql-postgres\\.ts$'],
      'Pools, time limits and what an error of the server means are kept once, in the engine that owns them.',
    ),
    hidden(
      'http-at-the-edge',
      ['hono', '@hono'],
      ['^src/(gateway|console)/', '^src/(app|main)\\.ts$'],
      'Only the edge speaks the web framework; the rest can be tried and reused without it.',
    ),
    hidden(
      'http-client-handed-in',
      ['undici'],
      [folder('connector')],
      'The kit owns the client: deadlines, size limits, private addresses and redaction are kept once, there.',
    ),
    hidden(
      'pictures-in-one-place',
      ['sharp'],
      [folder('evidence')],
      'What strangers upload is decoded in one place, which refuses types and sizes before a pixel is read.',
    ),
    {
      name: 'no-cycles',
      comment:
        'Two files that need each other are one file, or a third is missing. Types count: a reader follows those too.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'An import that cannot be followed cannot be judged by the rules above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no API for dependency-cruiser: with its default parser it reads nothing and reports success.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
