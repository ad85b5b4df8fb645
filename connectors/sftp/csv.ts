// CSV in the partner's dialect: bytes ↔ rows ↔ payloads.
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import iconv from 'iconv-lite';
import { textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Send } from '../../src/connector/contract.ts';
import { decodeUtf8, type Lossless, type LosslessObject } from '../../src/model/json.ts';
import { own } from '../../src/model/own.ts';
import { getPath, parsePath, setPath } from '../../src/model/paths.ts';
import type { Dialect, Fact, Inbound, Outbound } from './settings.ts';

const bom = '\ufeff';
const linesAt = 'lines';

/** @throws Error saying what is wrong with the file */
export function readCsv(bytes: Buffer, dialect: Dialect, { id, rows, columns }: Inbound): LosslessObject[] {
  const table = parse(decode(bytes, dialect), {
    ...{ delimiter: dialect.delimiter, quote: dialect.quote, skip_empty_lines: true },
    // A row with too few or too many cells is a file that was cut or has another dialect.
    relax_column_count: false,
  });
  const [first = [], ...rest] = table;
  const [head, body] = dialect.header ? [first, rest] : [columns ?? [], table];
  const paths = head.map((name) => parsePath(name));
  if (!head.includes(id)) throw new Error(`it has no column ${id}`);
  if (new Set(head).size < head.length) throw new Error('two of its columns have one name');
  if (body.some((cells) => cells.length !== paths.length))
    throw new Error(`its rows are not ${paths.length} cells wide`);
  const idAt = head.indexOf(id);
  return groupsOf(body, rows === 'line' ? idAt : undefined).map((group) => payloadOf(group, paths, rows));
}

function decode(bytes: Buffer, { encoding }: Dialect): string {
  if (/^utf-?8(-bom)?$/i.test(encoding)) return decodeUtf8(bytes).replace(bom, '');
  const text = iconv.decode(bytes, encoding);
  if (text.includes('\ufffd')) throw new Error(`it has bytes that are no ${encoding}`);
  return text;
}

/** @param by rows with the same cell there that follow each other belong together; each is alone where absent */
function groupsOf(rows: string[][], by: number | undefined): string[][][] {
  const groups: string[][][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    if (by !== undefined && last?.[0]?.[by] === row[by]) last?.push(row);
    else groups.push([row]);
  }
  return groups;
}

/** Columns below `lines` of each row make one line; all others are said by the first row. */
function payloadOf(group: string[][], paths: string[][], rows: Inbound['rows']): LosslessObject {
  const payload: LosslessObject = {};
  const lines: Lossless[] = [];
  for (const [at, row] of group.entries()) {
    const line: LosslessObject = {};
    for (const [index, path] of paths.entries()) {
      const isLine = rows === 'line' && path[0] === linesAt && path.length > 1;
      if (isLine) setPath(line, path.slice(1), row[index] ?? '');
      else if (at === 0) setPath(payload, path, row[index] ?? '');
    }
    lines.push(line);
  }
  return rows === 'line' ? { ...payload, [linesAt]: lines } : payload;
}

/**
 * @param payload of the send
 * @throws ConnectorError invalid when it has what no column takes, or what the encoding cannot hold
 */
export function writeCsv(send: Send, payload: LosslessObject, dialect: Dialect, { columns, rows }: Outbound): Buffer {
  refuseUnsaid(payload, columns, rows);
  const facts: Record<Fact, string> = {
    '@id': send.externalId ?? send.recordId,
    '@op': send.op,
    '@seq': seqOf(send),
    '@key': send.key,
  };
  const lines = rows === 'line' ? linesOf(payload) : [{}];
  const cellsOf = (line: Lossless): string[] =>
    columns.map(({ path }) => {
      if (typeof path === 'string') return facts[path];
      const isLine = rows === 'line' && path[0] === linesAt;
      return cell(isLine ? getPath(line, path.slice(1)) : getPath(payload, path));
    });
  const table = stringify([...(dialect.header ? [columns.map(({ name }) => name)] : []), ...lines.map(cellsOf)], {
    ...{ delimiter: dialect.delimiter, quote: dialect.quote },
    record_delimiter: dialect.lineEnd === 'lf' ? '\n' : '\r\n',
  });
  return encode(table, dialect);
}

/** The number of the change: files in the order of their names are in the order of what happened. */
export const seqOf = ({ key }: Send): string => key.slice(key.lastIndexOf(':') + 1);

function linesOf(payload: LosslessObject): Lossless[] {
  const lines = own(payload, linesAt);
  return Array.isArray(lines) && lines.length > 0 ? lines : [{}];
}

/** What stands in no column would be lost without a word. */
function refuseUnsaid(payload: LosslessObject, columns: Outbound['columns'], rows: Outbound['rows']): void {
  const said = new Set(columns.flatMap(({ path }) => (typeof path === 'string' ? [] : [path[0]])));
  const unsaid = Object.keys(payload).filter((member) => !said.has(member));
  if (unsaid.length === 0) return;
  const what = `no column takes ${unsaid.join(', ')}; add it to columns${rows === 'record' ? '' : ' (lines.<member> for lines)'}`;
  throw new ConnectorError('invalid', what, { sent: false });
}

/** A list or object in one cell is JSON. */
function cell(value: Lossless | undefined): string {
  if (value === undefined || value === null) return '';
  return textAt({ value }, ['value']) ?? (typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function encode(text: string, { encoding }: Dialect): Buffer {
  const name = encoding.replace(/-bom$/, '');
  const bytes = iconv.encode(text, name, { addBOM: encoding !== name });
  if (iconv.decode(bytes, name) === text) return bytes;
  const lost = [...text].find((one) => iconv.decode(iconv.encode(one, name), name) !== one);
  throw new ConnectorError('invalid', `${encoding} has no "${lost}"`, { sent: false });
}
