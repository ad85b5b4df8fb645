// Waits until all is quiet, then asks everybody what they hold.
import { askJson, type Talk } from './ask.ts';
import { type Counts, type End, pause, type StreamEvent, type Words } from './history.ts';
import { type Row, wordsIn, wordsInRecord } from './words.ts';

interface LagAnswer {
  systems: {
    system: string;
    lagSeconds: number;
    records: { behind: number; parked: number; unclear: number; held: number }[];
  }[];
}

/** Between two looks. */
const lookEveryMs = 50;

export async function lagNow(talk: Talk): Promise<End['lag']> {
  const { systems } = await askJson<LagAnswer>(talk, '/v1/lag');
  return systems.map(({ system, lagSeconds, records }) => ({
    system,
    lagSeconds,
    waiting: records.reduce((sum, { behind, parked, unclear, held }) => sum + behind + parked + unclear + held, 0),
  }));
}

/** Resolves when nothing waits any more, twice in a row, or when the time is over: the judge then sees what waits. */
export async function untilQuiet(talk: Talk, idle: () => boolean, withinMs: number): Promise<void> {
  const until = talk.recorder.now() + withinMs;
  let quiet = 0;
  while (quiet < 2 && talk.recorder.now() < until) {
    const lag = await lagNow(talk);
    quiet = idle() && lag.every(({ waiting }) => waiting === 0) ? quiet + 1 : 0;
    await pause(lookEveryMs);
  }
}

export async function countsNow(talk: Talk): Promise<Counts[]> {
  const { systems } = await askJson<{ systems: Counts[] }>(talk, '/v1/systems');
  return systems.map(({ system, state, lagSeconds, replicas }) => ({ system, state, lagSeconds, replicas }));
}

export async function recordsOf(talk: Talk, ids: readonly string[]): Promise<End['records']> {
  const left = [...ids];
  const found: End['records'] = [];
  const readAll = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const { version, data } = await askJson<{ version: number; data: Row }>(talk, `/v1/records/order/${id}`);
      found.push({ id, version, said: wordsInRecord(data), text: JSON.stringify(data) });
    }
  };
  await Promise.all(Array.from({ length: 8 }, readAll));
  return found;
}

export async function deadLettersNow(talk: Talk): Promise<End['deadLetters']> {
  const found: End['deadLetters'] = [];
  for (let after = ''; ; ) {
    const page = await askJson<{ items: End['deadLetters']; next: string | null }>(
      talk,
      `/v1/deadletters?limit=500${after}`,
    );
    found.push(...page.items.map(({ system, recordId, kind }) => ({ system, recordId, kind })));
    if (page.next === null) return found;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
}

export async function wholeStream(talk: Talk): Promise<StreamEvent[]> {
  const found: StreamEvent[] = [];
  for (let after = ''; ; ) {
    const page = await askJson<{ events: StreamEvent[]; next: string }>(talk, `/v1/changes?limit=1000${after}`);
    if (page.events.length === 0) return found;
    found.push(...page.events);
    after = `&after=${encodeURIComponent(page.next)}`;
  }
}

export function objectsOf(
  pushed: Record<'crm' | 'wms', Map<string, Row>>,
  book: ReadonlyMap<string, { objectId: string; said: Words }>,
): End['objects'] {
  const held = (['crm', 'wms'] as const).flatMap((system) =>
    [...pushed[system]].map(([objectId, row]) => ({ system, objectId, said: wordsIn(system, row) })),
  );
  const polled = [...book.values()].map((entry) => ({ system: 'erp' as const, ...entry }));
  return [...held, ...polled];
}
