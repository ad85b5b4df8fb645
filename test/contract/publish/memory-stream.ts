// The change stream in memory, as far as publishing asks: what was committed, the place that is kept, and waiting for more.
import type { StreamPage } from '../../../src/core/core.ts';
import type { StreamDeps } from '../../../src/delivery/relay-deps.ts';
import type { RecordType } from '../../../src/model/records.ts';
import type { ChangeRow } from '../../../src/store/rows.ts';

export interface MemoryStream extends StreamDeps {
  /** One commit. */
  commit(...changes: Partial<ChangeRow>[]): void;
  /** Position up to which was kept as published. */
  place: number;
  /** As a person moves it. */
  move(to: number): void;
  prunedUpTo: number;
  /** `events order` → how often, of what was told as synced. */
  synced(system: string, record: string, seconds: number): void;
  told: string[];
  /** Runs before the place is kept; throws to make that fail. */
  beforeKeep(): void;
}

export const epoch = 'e7';

export function memoryStream(types: RecordType[] | 'all' = 'all'): MemoryStream {
  const changes: ChangeRow[] = [];
  const waiting = new Set<() => void>();
  let moves = 0;
  const unpublished = async (_: string, limit: number): Promise<StreamPage> => {
    if (stream.place < stream.prunedUpTo) return { gap: { after: stream.place, prunedUpTo: stream.prunedUpTo } };
    const found = changes.filter(({ seq }) => seq > stream.place).slice(0, limit);
    return {
      ...{ epoch, moves, restored: false, more: found.length === limit },
      upTo: found.at(-1)?.seq ?? stream.place,
      changes: found.filter(({ type }) => types === 'all' || types.includes(type)),
    };
  };
  const published = async (_: string, place: { upTo: number; moves: number }): Promise<void> => {
    stream.beforeKeep();
    if (place.moves === moves) stream.place = place.upTo;
  };
  const stream: MemoryStream = {
    core: { unpublished, published },
    head: {
      head: () => changes.length,
      wait: (after, ms, signal) =>
        new Promise((resolve) => {
          const done = (): void => {
            clearTimeout(timer);
            waiting.delete(done);
            resolve();
          };
          const timer = setTimeout(done, ms);
          waiting.add(done);
          signal.addEventListener('abort', done, { once: true });
          if (changes.length > after || signal.aborted) done();
        }),
    },
    synced: (system, record) => void stream.told.push(`${system} ${record}`),
    backoff: () => ({ first: 20, factor: 1, max: 20 }),
    commit: (...more) => {
      for (const change of more) changes.push(changeRow(changes.length + 1, change));
      for (const done of waiting) done();
    },
    place: 0,
    move: (to) => {
      moves += 1;
      stream.place = to;
    },
    prunedUpTo: 0,
    told: [],
    beforeKeep: () => undefined,
  };
  return stream;
}

export const changeRow = (seq: number, more: Partial<ChangeRow> = {}): ChangeRow => ({
  ...{ seq, type: 'order', recordId: 'ord_1', version: seq, source: 'shop', op: 'updated' },
  units: { shipTo: [{ shipTo: { name: 'Ann Lee' } }, { shipTo: { name: `Zoe Marlowe ${seq}` } }] },
  ...{ refused: [], ambiguous: [], resend: null, occurredAt: 0, recordedAt: Date.parse('2026-11-24T10:00:00.000Z') },
  traceparent: null,
  ...more,
});
