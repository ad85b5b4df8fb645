// syncline reconcile: has a running hub compare a system with its records, waits for it, and tells what it found.
import { exitCodes } from './failure.ts';
import type { HubClient } from './hub-client.ts';
import { answer, type Io, remark } from './io.ts';
import { showProgress } from './progress.ts';
import { type Reaching, reach } from './reach.ts';
import { notRunning } from './replay.ts';

export interface ReconcileOptions extends Reaching {
  record?: string;
  repair?: boolean;
  show?: boolean;
}

interface Run {
  system: string;
  state: 'never' | 'running' | 'done' | 'failed';
  reason: string | null;
  drift: number;
  repaired: number;
  endedAt: string | null;
  records: {
    record: string;
    checked: number;
    expected: number;
    counts: Record<string, number>;
    repaired: number;
    fields: Record<string, number>;
    absentKnown: boolean;
    phase: string;
  }[];
  found: {
    record: string;
    id: string | null;
    externalId: string | null;
    verdict: string;
    fields: string[];
    message: string | null;
    repaired: string | null;
  }[];
}

export async function reconcile(system: string, options: ReconcileOptions, io: Io): Promise<number> {
  const reached = await reach(options, io);
  if (!('hub' in reached)) throw notRunning(reached.config.listen);
  const { hub } = reached;
  const path = `/v1/systems/${encodeURIComponent(system)}/reconcile`;
  if (options.show !== true)
    await hub.ask('POST', path, {
      ...(options.record !== undefined && { record: options.record }),
      ...(options.repair === true && { repair: true }),
    });
  const run = options.show === true ? await hub.ask<Run>('GET', path) : await ended(hub, path, system, options, io);
  answer(io, options, run, report(run));
  return run.state === 'failed' || run.drift > run.repaired ? exitCodes.failed : exitCodes.ok;
}

const lookEveryMs = 500;

async function ended(hub: HubClient, path: string, system: string, options: ReconcileOptions, io: Io): Promise<Run> {
  const progress = showProgress(io, options, `reconciling ${system}`);
  let told: string | null = null;
  try {
    for (;;) {
      const run = await hub.ask<Run>('GET', path);
      if (run.state !== 'running') return run;
      if (run.reason !== null && run.reason !== told) remark(io, options, `it waits: ${run.reason}`);
      told = run.reason;
      progress.at(shareOf(run));
      await new Promise<void>((resolve) => io.clock.after(lookEveryMs, resolve));
    }
  } finally {
    progress.end();
  }
}

/** Systems do not say how much they hold: what the hub has there is the measure. */
function shareOf({ records }: Run): number {
  const shares = records.map(({ checked, expected, phase }) =>
    phase === 'done' ? 1 : Math.min(0.99, checked / Math.max(expected, checked + 1)),
  );
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
}

const words: Record<string, string> = {
  unknown: 'unknown here',
  differs: 'differ',
  absent: 'missing there',
  unreadable: 'cannot be read',
  ambiguous: 'fit more than one record',
};

const mostTold = 20;

function report(run: Run): string[] {
  if (run.state === 'never') return [`${run.system} was never reconciled`];
  if (run.state === 'failed') return [`${run.system} could not be reconciled: ${run.reason ?? 'unknown'}`];
  const lines = run.records.flatMap(({ record, checked, counts, repaired, fields, absentKnown }) => [
    `${record}: ${checked} compared, ${counts.same} the same, ${counts.pending} on their way`,
    ...Object.entries(words).flatMap(([kind, said]) => (counts[kind] ? [`  ${counts[kind]} ${said}`] : [])),
    ...Object.entries(fields)
      .sort(([, a], [, b]) => b - a)
      .map(([field, count]) => `    ${field} in ${count}`),
    ...(repaired > 0 ? [`  ${repaired} put right`] : []),
    ...(absentKnown ? [] : ['  it was resumed after a stop: what is missing there, the next one tells']),
  ]);
  const found = run.found.slice(0, mostTold).map((one) => {
    const name = one.externalId ?? '(no id)';
    const about = [one.fields.join(', '), one.message ?? ''].filter((part) => part !== '').join('; ');
    const done = one.repaired === null ? '' : ` → ${one.repaired}`;
    return `  ${one.record} ${name}${one.id === null ? '' : ` (${one.id})`}: ${words[one.verdict] ?? one.verdict}${about === '' ? '' : `: ${about}`}${done}`;
  });
  const more = run.drift > found.length ? [`  … ${run.drift - found.length} more; --json tells up to 200`] : [];
  const state =
    run.state === 'running' ? `${run.system} is being reconciled${run.reason ? `; it waits: ${run.reason}` : ''}` : '';
  const left = run.drift - run.repaired;
  const verdict =
    run.drift === 0 ? 'nothing drifts' : left > 0 ? `${left} of ${run.drift} drift` : 'all that drifted was put right';
  return [
    ...(state ? [state] : []),
    ...lines,
    ...(found.length > 0 ? ['', ...found, ...more, ''] : []),
    `${run.system}: ${verdict}`,
  ];
}
