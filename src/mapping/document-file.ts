// One mapping file: its name says the record type, its text is YAML.
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { parseDocument } from 'yaml';
import { isRecordType, type RecordType, recordTypes } from '../model/records.ts';
import { didYouMean, type Fault, teller } from './fault.ts';

/** @returns undefined after the faults were told */
export async function readDocumentFile(
  file: string,
  faults: Fault[],
): Promise<{ record: RecordType; document: unknown } | undefined> {
  const tell = teller(faults, file, '');
  const stem = basename(file, extname(file));
  if (!isRecordType(stem)) return void tell('', 'is not named after a record type', didYouMean(stem, recordTypes));
  const parsed = parseDocument(await readFile(file, 'utf8'));
  for (const { linePos, message } of parsed.errors) {
    tell(`line ${linePos?.[0].line ?? '?'}`, message.split('\n')[0] ?? 'is no YAML');
  }
  if (parsed.errors.length > 0) return undefined;
  const document: unknown = parsed.toJS();
  const said = typeof document === 'object' && document !== null && 'record' in document ? document.record : undefined;
  if (typeof said === 'string' && isRecordType(said) && said !== stem) {
    tell('record', `is ${said}, and the file is named ${basename(file)}`);
  }
  return { record: stem, document };
}
