// Generated payloads and records for a planned mapping, from the arbitraries and edges of its own codecs.
import fc from 'fast-check';
import type { Planned } from '../../src/mapping/check.ts';
import { type Around, isParts, isStructure, Unreadable } from '../../src/mapping/codec.ts';
import { Draft } from '../../src/mapping/external.ts';
import { ourSetter } from '../../src/mapping/frames.ts';
import { goesIn, goesOut, type PlannedEach, type PlannedPair } from '../../src/mapping/plan.ts';
import type { Json, JsonObject, Lossless, LosslessObject } from '../../src/model/json.ts';

const around: Around = { payload: {}, row: undefined, lookup: (_, id) => id };

const withEdges = <T>(arbitrary: fc.Arbitrary<T>, edges: readonly T[]): fc.Arbitrary<T> =>
  edges.length === 0
    ? arbitrary
    : fc.oneof({ weight: 2, arbitrary }, { weight: 1, arbitrary: fc.constantFrom(...edges) });

/** Where amounts take their currency from: those places must hold real currencies. */
function currencyPaths(pairs: readonly PlannedPair[]): Set<string> {
  const found = pairs.flatMap(({ codec }) =>
    isStructure(codec.made) || isParts(codec.made) ? [] : [codec.made.companion?.join('.')],
  );
  return new Set(found.filter((path) => path !== undefined));
}

const currencies = fc.constantFrom('CNY', 'JPY', 'KWD', 'USD');

type Entry = readonly [PlannedPair, Json];

/** One side's values for the pairs, some of them left out. */
function values(pairs: readonly PlannedPair[], of: (pair: PlannedPair) => fc.Arbitrary<Json>): fc.Arbitrary<Entry[]> {
  const each = pairs.map((pair) =>
    fc
      .option(of(pair), { freq: pair.value.required ? 1_000 : 5, nil: undefined })
      .map((value) => [pair, value] as const),
  );
  return fc
    .tuple(...each)
    .map((entries) => entries.filter((entry): entry is [PlannedPair, Json] => entry[1] !== undefined));
}

const recordPairs = (pairs: readonly PlannedPair[]): PlannedPair[] => pairs.filter((pair) => pair.canonical !== '');

function canonicalValue(pair: PlannedPair, currencyAt: ReadonlySet<string>): fc.Arbitrary<Json> {
  if (pair.targets.some(({ text }) => currencyAt.has(text))) return currencies;
  const { canonical, canonicalEdges } = pair.codec.arbitrary(fc);
  return withEdges(canonical, canonicalEdges);
}

/** Amounts beside a currency get that currency. */
function aligned(entries: readonly Entry[], currency: (path: string) => Json | undefined): Entry[] {
  return entries.flatMap(([pair, value]): Entry[] => {
    const made = pair.codec.made;
    const path = isStructure(made) || isParts(made) ? undefined : made.companion?.join('.');
    if (path === undefined) return [[pair, value]];
    const said = currency(path);
    return typeof said === 'string' ? [[pair, { ...(value as JsonObject), currency: said }]] : [];
  });
}

const treeOf = (entries: readonly Entry[]): JsonObject => {
  const tree: JsonObject = {};
  for (const [pair, value] of entries) ourSetter(pair.ours)(tree, structuredClone(value));
  return tree;
};

/** Rows under keys of their own. What a row holds is one arbitrary, made once: to make it for each row took most of the time. */
const keyed = <T>(row: fc.Arbitrary<T>): fc.Arbitrary<[number, T][]> =>
  fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 40 }), row), { selector: ([key]) => key, maxLength: 4 });

/** Canonical data that the mapping writes. */
export function records(planned: Planned): fc.Arbitrary<JsonObject> {
  const all = [...planned.pairs, ...planned.rows.flatMap((row) => row.pairs)];
  const currencyAt = currencyPaths(all);
  const side = (pairs: readonly PlannedPair[]) =>
    values(
      recordPairs(pairs).filter((pair) => goesOut(pair.dir)),
      (pair) => canonicalValue(pair, currencyAt),
    );
  const rows = planned.rows.filter((row) => goesOut(row.dir));
  const lists = rows.map((row) => keyed(side(row.pairs)));
  return fc.tuple(side(planned.pairs), fc.tuple(...lists)).map(([entries, found]) => {
    const currency = (path: string): Json | undefined =>
      entries.find(([pair]) => pair.targets.some(({ text }) => text === path))?.[1];
    const data = treeOf(aligned(entries, currency));
    rows.forEach((row, at) => {
      const list = (found[at] ?? []).map(
        ([key, inner]) => [String(key), { [row.keyMember]: String(key), ...treeOf(aligned(inner, currency)) }] as const,
      );
      if (list.length > 0) data[row.collection] = Object.fromEntries(list);
    });
    return data;
  });
}

/** What a pair's canonical value looks like in the payload, or an external value of the codec's own. */
function externalValue(pair: PlannedPair, currencyAt: ReadonlySet<string>): fc.Arbitrary<Lossless[]> {
  const made = pair.codec.made;
  if (pair.targets.some(({ text }) => currencyAt.has(text))) return currencies.map((code) => [code]);
  const { canonical, external, externalEdges } = pair.codec.arbitrary(fc);
  if (isStructure(made)) {
    return canonical.map((value) =>
      pair.targets.map(({ member }) => {
        const said = (value as JsonObject)[member];
        const written = said === undefined ? undefined : made.members[member]?.encode?.(said, around);
        return written === undefined || written instanceof Unreadable ? null : written;
      }),
    );
  }
  if (isParts(made)) {
    return canonical.map((value) =>
      made.part(value, pair.targets.length).map((one) => (one instanceof Unreadable ? null : one)),
    );
  }
  if (made.companion) return fc.integer({ min: 0, max: 10_000 }).map((amount) => [amount]);
  return withEdges(external, externalEdges).map((value) => [value]);
}

const isConst = (pair: PlannedPair): boolean => pair.canonical === '';

/** Members of the payload that the mapping does not name. */
const privates = fc.dictionary(
  fc.stringMatching(/^_[a-z]{1,4}$/),
  fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Lossless>,
  {
    maxKeys: 2,
  },
);

function externalTree(pairs: readonly PlannedPair[], currencyAt: ReadonlySet<string>): fc.Arbitrary<Draft> {
  const chosen = pairs.map((pair) => {
    if (isConst(pair)) return externalValue(pair, currencyAt);
    return fc.option(goesIn(pair.dir) ? externalValue(pair, currencyAt) : fc.string().map((text) => [text]), {
      freq: 5,
      nil: undefined,
    });
  });
  return fc.tuple(privates, fc.tuple(...chosen)).map(([own, found]) => {
    const draft = new Draft(undefined);
    for (const [key, value] of Object.entries(own)) draft.set([key], value);
    pairs.forEach((pair, at) => {
      pair.targets.forEach(({ path }, part) => {
        const value = found[at]?.[part];
        if (value !== undefined) draft.set(path, value);
      });
    });
    return draft;
  });
}

function externalRows(row: PlannedEach, currencyAt: ReadonlySet<string>): fc.Arbitrary<Lossless[]> {
  return keyed(externalTree(row.pairs, currencyAt)).map((rows) =>
    rows.map(([key, draft]) => {
      draft.set(row.keyPath, key);
      return draft.root as Lossless;
    }),
  );
}

/** Payloads that the mapping reads, with members of their own beside those it names. */
export function payloads(planned: Planned): fc.Arbitrary<LosslessObject> {
  const currencyAt = currencyPaths([...planned.pairs, ...planned.rows.flatMap((row) => row.pairs)]);
  const lists = planned.rows.map((row) => externalRows(row, currencyAt));
  return fc.tuple(externalTree(planned.pairs, currencyAt), fc.tuple(...lists)).map(([draft, found]) => {
    planned.rows.forEach((row, at) => {
      draft.set(row.path, found[at] ?? []);
    });
    return draft.root;
  });
}
