// What the suite found of one connector, kept in a file that the documentation shows.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ConnectorSubject, nameOf } from './subject.ts';

export interface Report {
  connector: string;
  /** As the table names it. */
  name: string;
  /** Case → `pass`, `failed`, or `n/a: <reason>`. */
  cases: Record<string, string>;
}

const reportFolder = fileURLToPath(new URL('report/', import.meta.url));

/** One file a configuration. */
export const reportFile = (subject: ConnectorSubject): string =>
  `${reportFolder}${nameOf(subject)
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/-$/, '')}.json`;

export function reportOf(subject: ConnectorSubject, cases: Report['cases']): string {
  const report: Report = { connector: subject.connector.name, name: nameOf(subject), cases };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** Of every connector, in the order of their names. */
export const readReports = (): Report[] =>
  readdirSync(reportFolder)
    .sort()
    .map((file) => JSON.parse(readFileSync(`${reportFolder}${file}`, 'utf8')) as Report);
