// A page of a feed as CSV: what names the change, then a column for each path that the mapping writes.
import { stringify } from 'csv-stringify/sync';
import type { FeedProfiles } from '../connector/contract.ts';
import type { FeedItem } from '../core/core.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { fieldAt } from '../model/fields.ts';
import { type Lossless, NumberText, parseJson, stringifyJson } from '../model/json.ts';
import { getPath, parsePath } from '../model/paths.ts';
import { bytesOf, characterName, unwritableIn } from './charset.ts';
import type { PageWriter } from './written.ts';

type CsvProfile = FeedProfiles['csv'];

interface Column {
  name: string;
  path: readonly string[];
  /** Read from each line, not from the record. */
  ofLine: boolean;
  /** A text that says a number here is one. */
  isNumber: boolean;
}

const facts = ['record', 'id', 'externalId', 'op', 'seq', 'changedAt'] as const;

/** @param mapping undefined: nothing of that type is written, and a page has no rows */
export function csvWriter(mapping: Mapping | undefined, profile: CsvProfile): PageWriter {
  const columns = mapping ? columnsOf(mapping, profile.rows) : [];
  const lines = mapping && listOfLines(mapping);
  const rowsOf = (data: Lossless): string[][] => {
    const found = profile.rows === 'line' && lines ? getPath(data, lines) : undefined;
    const each = Array.isArray(found) && found.length > 0 ? found : [undefined];
    return each.map((line) => columns.map((column) => cell(column.ofLine ? line : data, column, profile)));
  };
  return {
    type: `text/csv; charset=${profile.charset}; header=${profile.header ? 'present' : 'absent'}`,
    faultOf: (item) => faultOf(item, rowsOf(parseJson(item.data)), columns, profile),
    write: ({ items }) => {
      const head = [...facts, ...columns.map(({ name }) => name)];
      const rows = items.flatMap((item) =>
        rowsOf(parseJson(item.data)).map((row) => [...factsOf(item, profile), ...row]),
      );
      return bytesOf(
        `${profile.bom ? '\ufeff' : ''}${tableText(profile.header ? [head, ...rows] : rows, profile)}`,
        profile.charset,
      );
    },
  };
}

/** Lists are columns too: as JSON in one cell, or, for the lines of a record with a row each, one column a member. */
function columnsOf({ record, written }: Mapping, rows: CsvProfile['rows']): Column[] {
  const columns = written.map(({ theirs, ours }): Column => {
    const isNumber = numbers.has(fieldAt(record, ours)?.kind ?? 'any');
    const [list = '', member] = theirs.split('[].');
    if (member === undefined) return { name: theirs, path: parsePath(theirs), ofLine: false, isNumber };
    if (rows === 'line' && isOfLines(ours))
      return { name: `lines.${member}`, path: parsePath(member), ofLine: true, isNumber };
    return { name: list, path: parsePath(list), ofLine: false, isNumber: false };
  });
  return [...new Map(columns.map((column) => [column.name, column])).values()];
}

const numbers: ReadonlySet<string> = new Set(['int', 'decimal', 'money']);

const isOfLines = (ours: string): boolean => ours.startsWith('lines.');

function listOfLines({ written }: Mapping): string[] | undefined {
  const one = written.find(({ theirs, ours }) => isOfLines(ours) && theirs.includes('[].'));
  return one && parsePath(one.theirs.slice(0, one.theirs.indexOf('[].')));
}

/** Nothing and null are an empty cell. */
function cell(from: Lossless | undefined, { path, isNumber }: Column, profile: CsvProfile): string {
  const value = from === undefined ? undefined : getPath(from, path);
  if (value === undefined || value === null) return '';
  if (value instanceof NumberText) return withSign(value.text, profile);
  if (typeof value === 'number') return withSign(JSON.stringify(value), profile);
  if (typeof value !== 'string') return disarmed(stringifyJson(value), profile);
  return isNumber && /^-?\d+(\.\d+)?$/.test(value) ? withSign(value, profile) : disarmed(value, profile);
}

const withSign = (number: string, { decimal }: CsvProfile): string => number.replace('.', decimal);

/** OWASP: what a spreadsheet takes for a formula is a text again behind an apostrophe. */
function disarmed(text: string, { spreadsheetSafe }: CsvProfile): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those that a spreadsheet skips before it looks for a formula
  return spreadsheetSafe && /^[=+\-@\t\r\n\u0000]/.test(text) ? `'${text}` : text;
}

function factsOf(item: FeedItem, profile: CsvProfile): string[] {
  return facts.map((name) => disarmed(item[name] ?? '', profile));
}

function tableText(rows: readonly string[][], { delimiter, lineEnd }: CsvProfile): string {
  return stringify(rows as string[][], {
    delimiter,
    record_delimiter: lineEnd === 'lf' ? '\n' : '\r\n',
    // Whatever the end of a line is: some readers end one at either sign.
    quoted_match: /[\r\n]/,
  });
}

function faultOf(
  { externalId }: Pick<FeedItem, 'externalId'>,
  rows: readonly string[][],
  columns: readonly Column[],
  { charset }: CsvProfile,
): string | undefined {
  const told = (name: string, text: string): string | undefined => {
    const character = unwritableIn(text, charset);
    return character && `${name}: ${characterName(character)} cannot be written in ${charset}, the encoding of the CSV`;
  };
  for (const row of rows) {
    for (const [at, text] of row.entries()) {
      const fault = told(columns[at]?.name ?? '', text);
      if (fault !== undefined) return fault;
    }
  }
  return told('externalId', externalId ?? '');
}
