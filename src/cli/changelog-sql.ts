// syncline changelog-sql: prints the change-log table and triggers to install beside a table of a legacy database.
import { columnForm, type Dialect, dialects, nameForm } from '../../connectors/changelog/dialect.ts';
import { changelogScript, changelogStatements } from '../../connectors/changelog/documents.ts';
import { exitCodes, WrongUsage } from './failure.ts';
import { answer, type Io } from './io.ts';

export interface ChangelogOptions {
  dialect: string;
  table: string;
  key: string;
  columns: string[];
  json?: boolean;
}

export async function changelogSql(options: ChangelogOptions, io: Io): Promise<number> {
  const { table, key } = options;
  const columns = options.columns.map((name) => name.trim()).filter((name) => name !== '');
  const dialect = dialects.find((one) => one === options.dialect);
  const faults = [
    ...(dialect ? [] : [`--dialect ${options.dialect}: must be one of ${dialects.join(', ')}`]),
    ...(nameForm.test(table) ? [] : [`--table ${table}: must be a plain name, or <schema>.<name>`]),
    ...(dialect === 'sqlite' && table.includes('.') ? [`--table ${table}: triggers of SQLite take no schema`] : []),
    ...(columnForm.test(key) ? [] : [`--key ${key}: must be a plain name`]),
    ...columns.flatMap((name) => (columnForm.test(name) ? [] : [`--columns ${name}: must be a plain name`])),
    ...(columns.length === 0 ? ['--columns names none'] : []),
  ];
  if (!dialect || faults.length > 0) throw new WrongUsage(faults.join('; '));
  const of = { dialect, table, key, columns };
  answer(io, options, { dialect, table, statements: changelogStatements(of) }, script(of));
  return exitCodes.ok;
}

const script = (of: { dialect: Dialect; table: string; key: string; columns: string[] }): string[] => [
  `-- The change log of ${of.table} for Syncline: every edit of the columns below, by whomever, makes a row of it.`,
  '-- Run it once, as the owner of the table. What Syncline itself writes is left out.',
  '',
  changelogScript(of).trimEnd(),
];
