// What the suite found of one connector, kept in a file that the documentation shows.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConnectorSubject, nameOf } from './subject.ts';

export interface Report {
  connector: string;
  /** As the table names it. */
  name: string;
  /** Case → `pass`, `failed`, or `n/a: <reason>`. */
  cases: Record<string, string>;
}

const connectors = fileURLToPath(new URL('../../connectors/', import.meta.url));

/** Beside the connector's tests, one file a configuration. */
export function reportFile({ connector, configuration = '' }: ConnectorSubject): string {
  const configured = configuration.replace(/[^a-z0-9]+/gi, '-').replace(/-$/, '');
  return join(connectors, connector.name, configured === '' ? 'report.json' : `report-${configured}.json`);
}

export function reportOf(subject: ConnectorSubject, cases: Report['cases']): string {
  const report: Report = { connector: subject.connector.name, name: nameOf(subject), cases };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** Of every connector, in the order of their names. */
export const readReports = (): Report[] =>
  readdirSync(connectors, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => reportsIn(join(connectors, name)))
    .sort((one, other) => (one.name < other.name ? -1 : 1));

const reportsIn = (folder: string): Report[] =>
  readdirSync(folder)
    .filter((file) => /^report(-.+)?\.json$/.test(file))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Report);
