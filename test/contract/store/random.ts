// Whatever is done in whatever groups: what the store holds in memory, what it wrote, and what a plain model says agree.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { JsonObject } from '../../../src/model/json.ts';
import type { ReplicaRow } from '../../../src/store/rows.ts';
import type { Decide, Key, RecordState } from '../../../src/store/store.ts';
import { address, behind, change, type Factory, type Harness, inFlight, record, replica } from './harness.ts';

const systems = ['crm', 'wms'] as const;
const states = ['synced', 'behind', 'parked', 'dead'] as const;

/** Trees that agree in some members and not in others, as images do with the data of their record. */
const tree = fc.record(
  {
    shipTo: fc.record({ street: fc.constantFrom('A', 'B'), city: fc.constantFrom('杭州', null) }, { requiredKeys: [] }),
    lines: fc.dictionary(fc.constantFrom('1', '2', '__proto__'), fc.record({ sku: fc.constantFrom('X', 'Y') })),
    tags: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
    note: fc.constantFrom('', 'n', null),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;

interface Step {
  kind: 'create' | 'edit' | 'image' | 'send' | 'settle' | 'throw';
  which: number;
  system: (typeof systems)[number];
  state: (typeof states)[number];
  externalId: string | null;
  tree: JsonObject;
}

const steps = fc.array(
  fc.array(
    fc.record<Step>({
      kind: fc.constantFrom('create', 'edit', 'edit', 'image', 'send', 'settle', 'throw'),
      which: fc.nat(7),
      system: fc.constantFrom(...systems),
      state: fc.constantFrom(...states),
      externalId: fc.option(fc.constantFrom('a', 'b', 'c'), { freq: 2 }),
      tree,
    }),
    { minLength: 1, maxLength: 6 },
  ),
  { minLength: 1, maxLength: 12 },
);

/** Everything known of a record, as plain data. */
interface Seen {
  version: number;
  data: unknown;
  replicas: Record<string, ReplicaRow>;
  images: Record<string, unknown>;
  sends: Record<string, unknown>;
}

class Model {
  readonly records = new Map<string, Seen>();
  readonly external = new Map<string, string>();
  readonly ids: string[] = [];

  /** Reads only what the store shows, so that it may run in any group; the answer brings the model up to date. */
  step(step: Step): { keys: Key[]; decide: Decide<() => void> } {
    const id = this.ids[step.which];
    const decide: Decide<() => void> = (state, context) => {
      if (step.kind === 'throw') throw new Error('as asked');
      if (step.kind === 'create' || id === undefined) return this.#create(context.newId('ord_'), context.nextSeq());
      const found = state.record(id);
      if (!found) throw new Error(`${id} is not in the store`);
      if (step.kind === 'edit') return this.#edit(found, step, context.nextSeq());
      const row = found.replicas.get(step.system);
      if (!row) return { write: {}, answer: () => undefined };
      if (step.kind === 'image') return this.#image(row, step);
      return step.kind === 'send' ? this.#send(row, step) : this.#settle(row);
    };
    return { keys: id === undefined ? [] : [id], decide };
  }

  #create(id: string, seq: number) {
    const crm = behind(id, 'crm', 5, { wantedSeq: seq });
    const answer = () => {
      this.ids.push(id);
      this.records.set(id, { version: 1, data: address('A'), replicas: { crm }, images: {}, sends: {} });
    };
    return { write: { records: [record(id)], replicas: [crm], changes: [change(seq, id)] }, answer };
  }

  #edit({ row: { id, version: before } }: RecordState, { system, state, externalId, tree: data }: Step, seq: number) {
    const version = before + 1;
    const dueAt = state === 'behind' ? seq : null;
    const row = replica(id, system, { state, externalId, wantedSeq: seq, dueAt, attempts: seq % 3 });
    const answer = () => {
      const seen = this.#seen(id);
      expect(version).toBe(seen.version + 1);
      const held = seen.replicas[system]?.externalId;
      if (held) this.external.delete(`${system} ${held}`);
      if (externalId) this.external.set(`${system} ${externalId}`, id);
      Object.assign(seen, { version, data });
      seen.replicas[system] = row;
    };
    const records = [record(id, { version, data })];
    return { write: { records, replicas: [row], changes: [change(seq, id)] }, answer };
  }

  #image({ recordId, system }: ReplicaRow, { which, tree: image }: Step) {
    const memory = { image, syncedVersion: which, past: {}, seen: {}, sentAt: which };
    const row = { memory, payload: which % 2 ? null : `<x>${which}</x>` };
    const answer = () => {
      this.#seen(recordId).images[system] = row;
    };
    return { write: { images: [{ system, recordId, image: row }] }, answer };
  }

  #send(row: ReplicaRow, { which, tree: image }: Step) {
    const flight = inFlight(row, {
      body: '名'.repeat(which * 100),
      payload: [null, '名'.repeat(which * 100), '{}'][which % 3] as string | null,
      image,
      older: which === 1 ? [image, {}] : [],
      ...(which === 5 && { key: 'another:key' }),
      token: `${which}`,
      op: which % 2 ? 'create' : 'update',
    });
    const answer = () => {
      this.#seen(row.recordId).sends[row.system] = flight;
    };
    return { write: { inFlight: [flight] }, answer };
  }

  #settle({ recordId, system }: ReplicaRow) {
    const answer = () => {
      delete this.#seen(recordId).sends[system];
    };
    return { write: { settled: [{ system, recordId }] }, answer };
  }

  #seen(id: string): Seen {
    const seen = this.records.get(id);
    if (!seen) throw new Error(`${id} is not in the model`);
    return seen;
  }
}

async function check({ store }: Harness, model: Model): Promise<void> {
  for (const [id, expected] of model.records) {
    const seen = await store.read([id], (state): Seen | undefined => {
      const found = state.record(id);
      if (!found) return undefined;
      const rows = Object.fromEntries(found.replicas);
      const pick = (of: (system: string) => unknown) =>
        Object.fromEntries(systems.map((system) => [system, of(system)]).filter(([, what]) => what !== undefined));
      const { version, data } = found.row;
      return { version, data, replicas: rows, images: pick(found.image), sends: pick(found.inFlight) };
    });
    expect(seen).toEqual(expected);
  }
  for (const system of systems) {
    for (const externalId of ['a', 'b', 'c']) {
      const key = `ext:${system}:order:${externalId}`;
      expect(await store.read([key], (state) => state.resolve(key))).toBe(
        model.external.get(`${system} ${externalId}`),
      );
    }
  }
  const rows = [...model.records.values()].flatMap((one) => Object.values(one.replicas));
  const counts = new Map<string, number>();
  for (const { system, state } of rows) counts.set(`${system} ${state}`, (counts.get(`${system} ${state}`) ?? 0) + 1);
  expect(new Map((await store.counts()).map((one) => [`${one.system} ${one.state}`, one.count]))).toEqual(counts);
  const sends = [...model.records.values()].flatMap((one) => Object.values(one.sends));
  expect(await store.unsettled()).toHaveLength(sends.length);
}

/** @param runs generated sequences of groups */
export async function anyGroupsLeaveAllTheSame(factory: Factory, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(steps, async (groups) => {
      const harness = await factory();
      const model = new Model();
      try {
        for (const group of groups) {
          const calls = group.map((step) => model.step(step));
          const done = await Promise.allSettled(calls.map(({ keys, decide }) => harness.store.transact(keys, decide)));
          for (const one of done) if (one.status === 'fulfilled') one.value();
          await check(harness, model);
        }
        await harness.reopen();
        await check(harness, model);
      } finally {
        await harness.close();
      }
    }),
    { numRuns: runs },
  );
}
