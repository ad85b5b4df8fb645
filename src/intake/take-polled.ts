// Hands what a poll has read to the store side, in requests that it takes, and tells of what could not be read.
import type { InboundChange } from '../connector/contract.ts';
import { changesText } from '../connector/envelope.ts';
import type { AcceptReply, AlertKind, Core } from '../core/core.ts';
import type { Log } from '../log.ts';
import type { RecordType } from '../model/records.ts';

export interface TakeDeps {
  core: Pick<Core, 'accept'>;
  /** Most changes of one request. */
  batch: number;
  metrics: { changeTaken(system: string, status: string, count?: number): void; alert(kind: AlertKind): void };
  log: Log;
}

export interface Source {
  system: string;
  record: RecordType;
  /** When the system was asked before (ms since 1970). */
  since: number | undefined;
}

/** A change that was not taken, and why. */
interface Bad {
  id: string | undefined;
  fault: string;
}

interface Line {
  id: string | undefined;
  text: string;
}

/** Resolves when everything readable is durable; rejects when the store could not take it. */
export async function takePolled(items: readonly InboundChange[], source: Source, deps: TakeDeps): Promise<void> {
  const { lines, bad } = asLines(items);
  if (bad.length > 0) deps.metrics.changeTaken(source.system, 'invalid', bad.length);
  for (let from = 0; from < lines.length; from += deps.batch) {
    bad.push(...(await takeLines(lines.slice(from, from + deps.batch), source, deps)));
  }
  if (bad.length > 0) tellBad(bad, source, deps);
}

/** One by one: an item that is no JSON must not keep its neighbours out at every poll. */
function asLines(items: readonly InboundChange[]): { lines: Line[]; bad: Bad[] } {
  const lines: Line[] = [];
  const bad: Bad[] = [];
  for (const item of items) {
    try {
      lines.push({ id: item.id, text: changesText([item]) });
    } catch (error) {
      bad.push({ id: item.id, fault: (error as Error).message });
    }
  }
  return { lines, bad };
}

async function takeLines(lines: readonly Line[], { system, since }: Source, deps: TakeDeps): Promise<Bad[]> {
  const { core, metrics } = deps;
  const reply = await core.accept({
    system,
    body: lines.map(({ text }) => text).join('\n'),
    format: 'ndjson',
    via: 'poll',
    ...(since !== undefined && { since }),
  });
  for (const [status, count] of Object.entries(reply.counts)) metrics.changeTaken(system, status, count);
  return reply.counts.invalid ? badOf(reply, lines) : [];
}

interface Results {
  results: { status: string; faults?: { path: string; message: string }[] }[];
}

/** Results are in the order of the lines. */
function badOf({ body }: AcceptReply, lines: readonly Line[]): Bad[] {
  const { results } = JSON.parse(body) as Results;
  return results.flatMap(({ status, faults }, index) => {
    if (status !== 'invalid') return [];
    const [first] = faults ?? [];
    return [{ id: lines[index]?.id, fault: first ? `${first.path}: ${first.message}` : 'no fault was named' }];
  });
}

function tellBad(bad: readonly Bad[], { system, record }: Source, { metrics, log }: TakeDeps): void {
  const [first] = bad;
  metrics.alert('poll_invalid');
  log.warn(
    { alert: 'poll_invalid', system, record, count: bad.length, externalId: first?.id, fault: first?.fault },
    `${bad.length} of the ${record} changes polled from ${system} could not be read; check its mapping of ${record}`,
  );
}
