// Inbound changes as the text of POST /v1/systems/{system}/changes; payloads keep the text they have.
import type { InboundChange } from './contract.ts';
import { ConnectorError } from './error.ts';

/** @returns NDJSON, one change a line */
export const changesText = (changes: readonly InboundChange[]): string => changes.map(changeText).join('\n');

function changeText({ data, ...envelope }: InboundChange): string {
  const text = JSON.stringify(envelope);
  if (data === undefined) return text;
  requireJson(data, envelope.record);
  // A line ends a change. Between a payload's members a line end says nothing, and within its texts there is none.
  return `${text.slice(0, -1)},"data":${data.replace(/[\r\n]+/g, ' ')}}`;
}

/** What is no JSON by itself could close our envelope and open another. */
function requireJson(data: string, record: string): void {
  try {
    JSON.parse(data);
  } catch {
    throw new ConnectorError('invalid', `a ${record} payload is not valid JSON`);
  }
}
