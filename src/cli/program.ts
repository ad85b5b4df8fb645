// The command line: which commands there are, what they take, and how each is started.
import { Command, InvalidArgumentError } from 'commander';
import { instant } from '../clock.ts';
import { parseDuration } from '../model/duration.ts';
import type { ChangelogOptions } from './changelog-sql.ts';
import type { CopyOptions } from './copy.ts';
import { tellFailure } from './failure.ts';
import type { Common, Io } from './io.ts';
import type { CreateOptions } from './keys.ts';
import type { PlanOptions } from './mapping-plan.ts';
import type { NewOptions } from './new-connector.ts';
import type { PolicyOptions } from './policy-file.ts';
import type {
  ActivateOptions,
  AddOptions,
  ApproveOptions,
  BacktestOptions,
  RollbackOptions,
  ShadowOptions,
} from './policy-life.ts';
import type { Reaching } from './reach.ts';
import type { ReconcileOptions } from './reconcile.ts';
import type { ReplayOptions } from './replay.ts';
import { programVersion } from './version.ts';

/**
 * @param argv without the program's name
 * @returns the exit code: 0 done, 1 faults found or failed, 2 wrong usage
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const json = argv.includes('--json');
  const ended = { code: 0 };
  try {
    await createProgram(io, json, ended).parseAsync([...argv], { from: 'user' });
    return ended.code;
  } catch (error) {
    return tellFailure(error, io, json);
  }
}

/** Each command loads what it needs when it runs: none waits for what only another needs. */
function createProgram(io: Io, json: boolean, ended: { code: number }): Command {
  const program = new Command('syncline')
    .description('Keeps every system’s copy of every order, customer, shipment and return the same.')
    .version(programVersion())
    .exitOverride()
    .configureOutput({
      writeOut: io.stdout,
      writeErr: json ? () => undefined : io.stderr,
      outputError: (text, write) => write(text.replace(/^error: /, 'syncline: ')),
    })
    .showHelpAfterError('("--help" tells what there is)')
    .addHelpText('after', exitText);
  const end = async (code: Promise<number>): Promise<void> => {
    ended.code = await code;
  };
  addServe(program, io, end);
  addCheck(program, io, end);
  addPolicy(program, io, end);
  addMapping(program, io, end);
  addMigrate(program, io, end);
  addKeys(program, io, end);
  addReplay(program, io, end);
  addReconcile(program, io, end);
  addBackup(program, io, end);
  addRestore(program, io, end);
  addNew(program, io, end);
  addCopy(program, io, end);
  addChangelogSql(program, io, end);
  return program;
}

type End = (code: Promise<number>) => Promise<void>;

const exitText = `
Exit codes: 0 done, 1 faults found or failed, 2 wrong usage; of "mapping plan" also 3: something would change.`;

const examples = (...lines: string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ syncline ${line}`).join('\n')}`;

const common = (command: Command): Command =>
  command
    .option('--config <file>', 'the configuration', 'syncline.yaml')
    .option('--json', 'answer with JSON, errors too');

const reaching = (command: Command): Command =>
  common(command).option(
    '--url <address>',
    'of a running hub (default: where the configuration lets it listen); its key is taken from SYNCLINE_KEY',
  );

function addServe(program: Command, io: Io, end: End): void {
  common(program.command('serve'))
    .description('run the hub until it is told to stop')
    .addHelpText(
      'after',
      `${examples('serve', 'serve --config /etc/syncline/syncline.yaml')}

SYNCLINE_KEYS holds keys (name:scope+scope=secret;…). SIGTERM or Ctrl-C ends the hub once what is under way is done, a second one sooner.`,
    )
    .action(async (options: Common) => end((await import('./serve.ts')).serve(options, io)));
}

function addCheck(program: Command, io: Io, end: End): void {
  common(program.command('check'))
    .description('tell what maps where, and every fault of configuration, mappings and merge documents')
    .option('--quiet', 'faults only')
    .addHelpText('after', examples('check', 'check --quiet', 'check --json | jq .faults'))
    .action(async (options: Common & { quiet?: boolean }) => end((await import('./check.ts')).check(options, io)));
}

const policyOptions = (command: Command): Command =>
  common(command).option('--warehouses <file>', 'what rules may lock (default: warehouses.yaml beside the policy)');

const versionOptions = (command: Command): Command =>
  command.option('--url <address>', 'of versions: a running hub (default: where the configuration lets it listen)');

const policyFile =
  'of a routing or returns policy (default: routing.yaml in the folder that the configuration names), or a version such as routing@7';

function addPolicy(program: Command, io: Io, end: End): void {
  const policy = program
    .command('policy')
    .description('check, test and compare routing and returns policies, and lead their versions through life');
  versionOptions(policyOptions(policy.command('check')))
    .description('tell every fault: of shape, words and conditions, dead rules, overlaps, gaps, failing tests')
    .argument('[file or version]', policyFile)
    .addHelpText(
      'after',
      examples(
        'policy check',
        'policy check policies/returns.yaml',
        'policy check routing@7 --json | jq .check.faults',
      ),
    )
    .action(async (named: string | undefined, options: PolicyOptions & Reaching) => {
      const { isVersionName } = await import('./policy-desk.ts');
      if (named !== undefined && isVersionName(named))
        return end((await import('./policy-life.ts')).checkVersion(named, options, io));
      return end((await import('./policy.ts')).policyCheck(named, options, io));
    });
  policyOptions(policy.command('test'))
    .description('run the tests that a policy carries')
    .argument('[file]', policyFile)
    .addHelpText('after', examples('policy test', 'policy test policies/routing.yaml --json'))
    .action(async (file: string | undefined, options: PolicyOptions) =>
      end((await import('./policy.ts')).policyTest(file, options, io)),
    );
  versionOptions(policyOptions(policy.command('diff')))
    .description(
      'tell what a version decides otherwise than another, with an order or a return that shows it, or prove that nothing is',
    )
    .argument('<before>', 'the older version: a file, or such as routing@7')
    .argument('<after>', 'the newer version; of files its warehouses count for both')
    .addHelpText(
      'after',
      examples('policy diff routing-7.yaml policies/routing.yaml', 'policy diff routing@7 routing@8'),
    )
    .action(async (before: string, after: string, options: PolicyOptions & Reaching) => {
      const { isVersionName } = await import('./policy-desk.ts');
      if (isVersionName(before) && isVersionName(after))
        return end((await import('./policy-life.ts')).diffVersions(before, after, options, io));
      return end((await import('./policy.ts')).policyDiff(before, after, options, io));
    });
  addPolicyLife(policy, io, end);
}

const aVersion = 'such as routing@7';

function addPolicyLife(policy: Command, io: Io, end: End): void {
  const life = () => import('./policy-life.ts');
  reaching(policy.command('list'))
    .description('list the versions that the hub keeps, with what became of them')
    .argument('[policy]', 'routing or returns')
    .addHelpText('after', examples('policy list', 'policy list routing --json'))
    .action(async (name: string | undefined, options: Reaching) => end((await life()).listPolicies(name, options, io)));
  reaching(policy.command('show'))
    .description('show a version: its document, check, backtest, approval, and when it is in force')
    .argument('<version>', aVersion)
    .addHelpText('after', examples('policy show routing@7', 'policy show routing@7 --json | jq -r .document'))
    .action(async (name: string, options: Reaching) => end((await life()).showVersion(name, options, io)));
  reaching(policy.command('add'))
    .description(
      'hand a file in as a new version: a draft, in force once it was checked, backtested, approved and activated',
    )
    .argument('<file>', 'of a routing or returns policy')
    .option('--warehouses <file>', 'what rules may lock (default: warehouses.yaml beside the policy)')
    .addHelpText('after', examples('policy add policies/routing.yaml'))
    .action(async (file: string, options: AddOptions) => end((await life()).addVersion(file, options, io)));
  reaching(policy.command('backtest'))
    .description('tell what a version would have decided otherwise of stored decisions; exit code 1 beyond the gate')
    .argument('<version>', aVersion)
    .option(
      '--since <time>',
      'decisions since a time or for so long: 2026-11-23T05:00:00Z, 7d (default: 30d)',
      (text) => readSince(text, io),
    )
    .option('--limit <count>', 'the newest so many (default: 20000)', readCount)
    .option('--max-changed <share>', 'the gate: how much may change (default: 5%)', readShare)
    .addHelpText(
      'after',
      examples('policy backtest routing@8', 'policy backtest routing@8 --since 7d --max-changed 20%'),
    )
    .action(async (name: string, options: BacktestOptions) => end((await life()).backtestVersion(name, options, io)));
  reaching(policy.command('approve'))
    .description('approve a version that somebody else has made')
    .argument('<version>', aVersion)
    .option('--override <reason>', 'why it may go on although it changes more than the gate lets through')
    .addHelpText('after', examples('policy approve routing@8', 'policy approve routing@8 --override "new price list"'))
    .action(async (name: string, options: ApproveOptions) => end((await life()).approveVersion(name, options, io)));
  reaching(policy.command('activate'))
    .description('put an approved version in force, now or at a time')
    .argument('<version>', aVersion)
    .option('--from <time>', 'when it takes force (default: as the document says, else now)', readTime)
    .option('--override <reason>', 'where no approval is asked for: as of an approval')
    .addHelpText(
      'after',
      examples('policy activate routing@8', 'policy activate routing@8 --from 2026-12-01T00:00:00+08:00'),
    )
    .action(async (name: string, options: ActivateOptions) => end((await life()).activateVersion(name, options, io)));
  reaching(policy.command('rollback'))
    .description('bring back what was in force before, at once, as a version of its own')
    .argument('<version>', `that was in force, ${aVersion}`)
    .option('--reason <reason>', 'kept with it')
    .addHelpText('after', examples('policy rollback routing@6 --reason "too many holds"'))
    .action(async (name: string, options: RollbackOptions) => end((await life()).rollBack(name, options, io)));
  reaching(policy.command('shadow'))
    .description('let a version decide beside the one in force, without effects, and keep what it decides otherwise')
    .argument('<version>', aVersion)
    .option('--off', 'end it')
    .addHelpText('after', examples('policy shadow routing@8', 'policy shadow routing@8 --off'))
    .action(async (name: string, options: ShadowOptions) => end((await life()).shadowVersion(name, options, io)));
}

function readTime(text: string): string {
  if (rfc3339.test(text) && !Number.isNaN(Date.parse(text))) return instant(Date.parse(text));
  throw new InvalidArgumentError('Write a time such as 2026-12-01T00:00:00+08:00.');
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a number from 1 to 999999.');
}

/** @returns basis points */
function readShare(text: string): number {
  const [, number] = /^(\d{1,3}(?:\.\d{1,2})?) ?%$/.exec(text) ?? [];
  const share = Math.round(Number(number) * 100);
  if (number !== undefined && share <= 10_000) return share;
  throw new InvalidArgumentError('Write a share such as 5% or 0.5%.');
}

function addMapping(program: Command, io: Io, end: End): void {
  const mapping = program
    .command('mapping')
    .description('see what changed mappings would do before a hub starts with them');
  common(mapping.command('plan'))
    .description('compare the mappings in the folder with those in force, on every stored record; nothing is written')
    .option('--system <id>', 'only this system')
    .option('--record <type>', 'only this record type')
    .addHelpText(
      'after',
      `${examples('mapping plan', 'mapping plan --system wms --json')}

Exit code 0: nothing changes; 3: something would; 1: it failed. Personal data is masked. A hub may run on the database meanwhile; of a
SQLite file a copy is looked at, in the folder for temporary files, which must have room for it.`,
    )
    .action(async (options: PlanOptions) => end((await import('./mapping-plan.ts')).mappingPlan(options, io)));
}

function addMigrate(program: Command, io: Io, end: End): void {
  common(program.command('migrate'))
    .description('bring the database to the newest schema; a hub does so itself when it starts')
    .addHelpText('after', examples('migrate'))
    .action(async (options: Common) => end((await import('./migrate.ts')).migrate(options, io)));
}

const collect = (value: string, before: string[] = []): string[] => [...before, ...value.split(/[,+]/)];

function addKeys(program: Command, io: Io, end: End): void {
  const keys = program.command('keys').description('make, list and revoke API keys');
  reaching(keys.command('create'))
    .description('make a key; it is shown once')
    .option('--system <id>', 'the system that the key speaks for; needed for intake and feed')
    .option('--name <name>', 'what a key of no system is called')
    .requiredOption('--scope <scope>', 'what it may do; several times for several', collect)
    .addHelpText(
      'after',
      `${examples('keys create --system erp --scope feed', 'keys create --name ops --scope operate --scope read')}

Scopes: intake, feed, read, pii, operate, policy, metrics, admin.`,
    )
    .action(async (options: CreateOptions) => end((await import('./keys.ts')).createKey(options, io)));
  reaching(keys.command('list'))
    .description('list the keys in the store, revoked ones too')
    .addHelpText('after', examples('keys list', 'keys list --json'))
    .action(async (options: Reaching) => end((await import('./keys.ts')).listKeys(options, io)));
  reaching(keys.command('revoke'))
    .description('refuse a key from now on')
    .argument('<id>', 'as "keys list" shows it')
    .addHelpText('after', examples('keys revoke 6f0c1d2e3a4b5c6d'))
    .action(async (id: string, options: Reaching) => end((await import('./keys.ts')).revokeKey(id, options, io)));
}

function addReplay(program: Command, io: Io, end: End): void {
  reaching(program.command('replay'))
    .description('send dead letters again, with the newest state of their records')
    .argument('[id]', 'of one dead letter')
    .option('--system <id>', 'those of one system')
    .option('--record <type>', 'those of one record type')
    .option(
      '--kind <kind>',
      'those given up for one reason: rejected, invalid, not_found, unavailable, timeout, throttled, unknown',
    )
    .option('--since <time>', 'those given up since a time or for so long: 2026-11-23T05:00:00Z, 2h', (text) =>
      readSince(text, io),
    )
    .option('--dry-run', 'count them only')
    .addHelpText(
      'after',
      examples('replay dl_01jd8', 'replay --system wms --kind rejected --dry-run', 'replay --system wms --since 2h'),
    )
    .action(async (id: string | undefined, options: ReplayOptions) =>
      end((await import('./replay.ts')).replay(id, options, io)),
    );
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** @returns RFC 3339 */
function readSince(text: string, io: Io): string {
  if (rfc3339.test(text) && !Number.isNaN(Date.parse(text))) return instant(Date.parse(text));
  try {
    return instant(io.clock.now() - parseDuration(text));
  } catch {
    throw new InvalidArgumentError('Write a time such as 2026-11-23T05:00:00Z, or how long ago: 30m, 2h, 3d.');
  }
}

function addReconcile(program: Command, io: Io, end: End): void {
  reaching(program.command('reconcile'))
    .description('compare everything that a system holds with the records, field by field; a running hub does it')
    .argument('<system>', 'as the configuration names it')
    .option('--record <type>', 'only this record type')
    .option('--repair', 'put right what drifts: take what the system changed, send again what it holds otherwise')
    .option('--show', 'tell of the newest one, and begin none')
    .addHelpText(
      'after',
      `${examples('reconcile shop', 'reconcile wms --record order --json', 'reconcile crm --repair', 'reconcile crm --show')}

Exit code 0: nothing drifts, or all of it was put right; 1: something drifts, or it failed. Ctrl-C ends the waiting only: the hub goes on.`,
    )
    .action(async (system: string, options: ReconcileOptions) =>
      end((await import('./reconcile.ts')).reconcile(system, options, io)),
    );
}

function addBackup(program: Command, io: Io, end: End): void {
  reaching(program.command('backup'))
    .description('copy the database to a file, also while the hub runs')
    .argument('<path>', 'of the new file')
    .addHelpText('after', examples('backup /var/backups/syncline-2026-11-23.db'))
    .action(async (path: string, options: Reaching) => end((await import('./backup.ts')).backup(path, options, io)));
}

function addRestore(program: Command, io: Io, end: End): void {
  common(program.command('restore'))
    .description('make the database of a backup, where none is yet')
    .argument('<backup>', 'a file made by "syncline backup"')
    .addHelpText('after', examples('restore /var/backups/syncline-2026-11-23.db'))
    .action(async (backup: string, options: Common) =>
      end((await import('./restore.ts')).restoreBackup(backup, options, io)),
    );
}

function addNew(program: Command, io: Io, end: End): void {
  const made = program.command('new').description('write what a new part of the hub begins with');
  made
    .command('connector')
    .description('write a connector with settings, mapping, a model of its system, tests and README; all of it works')
    .argument('<name>', 'kebab-case, such as parcel-tracker; its folder is named so')
    .option('--json', 'answer with JSON, errors too')
    .addHelpText('after', `${examples('new connector parcel-tracker')}\n\nRun it in a checkout of Syncline.`)
    .action(async (name: string, options: NewOptions) =>
      end((await import('./new-connector.ts')).newConnector(name, options, io)),
    );
}

function addChangelogSql(program: Command, io: Io, end: End): void {
  program
    .command('changelog-sql')
    .description('print the change-log table and triggers to install beside a table of a database without an interface')
    .requiredOption('--dialect <name>', 'postgres, mysql or sqlite')
    .requiredOption('--table <name>', 'what is edited, perhaps with its schema')
    .requiredOption('--columns <names>', 'what is to be read, by comma', collect)
    .option('--key <name>', 'the column that tells one row from another', 'id')
    .option('--json', 'answer with JSON, errors too')
    .addHelpText(
      'after',
      examples('changelog-sql --dialect postgres --table orders --columns order_no,status,note | psql legacy'),
    )
    .action(async (options: ChangelogOptions) => end((await import('./changelog-sql.ts')).changelogSql(options, io)));
}

function addCopy(program: Command, io: Io, end: End): void {
  common(program.command('copy'))
    .description('move everything from a SQLite file to PostgreSQL: same records, numbers and positions')
    .option('--from <database>', 'sqlite:<path>, of a hub that is stopped (default: that of the configuration)')
    .requiredOption(
      '--to <database>',
      'postgres://… of an empty database, or env:<name> of the variable that holds it, so that no password is seen',
    )
    .addHelpText(
      'after',
      `${examples('copy --to env:DATABASE_URL', 'copy --from sqlite:data/syncline.db --to postgres://hub@db/syncline')}

Stop the hub first. What arrived is compared with what was sent, row by row. A copy that is cut short goes on where it
stopped when it is run again; until it is done no hub starts on it. The file stays as it is.`,
    )
    .action(async (options: CopyOptions) => end((await import('./copy.ts')).copy(options, io)));
}
