// Gathers what the decisions of one commit tell, until it is passed on.

import type { Notes, Traces } from './catalog.ts';
import type { CoreEvents } from './core.ts';

export interface GatheredNotes extends Notes {
  /** What was told since the last time. */
  take(): Pick<CoreEvents, 'alerts' | 'attempts' | 'synced' | 'fetches'>;
}

const nothing = (): Pick<CoreEvents, 'alerts' | 'attempts' | 'synced' | 'fetches'> => ({
  alerts: [],
  attempts: [],
  synced: [],
  fetches: false,
});

export function createNotes(): GatheredNotes {
  let gathered = nothing();
  // Never taken out: it only spares looking where nothing can be.
  const waited = new Set<string>();
  return {
    wait: (system, record) => waited.add(`${system} ${record}`),
    waits: (system, record) => waited.has(`${system} ${record}`),
    alert: (alert) => gathered.alerts.push(alert),
    attempt: (system, outcome) => gathered.attempts.push({ system, outcome }),
    synced: (system, record, seconds) => gathered.synced.push({ system, record, seconds: Math.max(0, seconds) }),
    fetch: () => {
      gathered.fetches = true;
    },
    take: () => {
      const taken = gathered;
      gathered = nothing();
      return taken;
    },
  };
}

/** Changes older than this many go on without their trace, and so do all after a restart. */
const keptTraces = 10_000;

export function createTraces(): Traces {
  const traces = new Map<number, string>();
  return {
    put: (seq, traceparent) => {
      if (traceparent === undefined) return;
      traces.set(seq, traceparent);
      if (traces.size <= keptTraces) return;
      const [oldest] = traces.keys();
      if (oldest !== undefined) traces.delete(oldest);
    },
    get: (seq) => traces.get(seq) ?? null,
  };
}
