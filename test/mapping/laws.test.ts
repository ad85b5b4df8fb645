// The laws of two-way mapping, for every document in the repository and for one that uses every codec.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Planned } from '../../src/mapping/check.ts';
import { compileMapping } from '../../src/mapping/compile.ts';
import { loadCodecs } from '../../src/mapping/custom-codecs.ts';
import { faultText } from '../../src/mapping/fault.ts';
import type { Mapping } from '../../src/mapping/mapping.ts';
import { goesIn, goesOut } from '../../src/mapping/plan.ts';
import {
  equalJson,
  type JsonObject,
  type Lossless,
  type LosslessObject,
  parseJson,
  stringifyJson,
} from '../../src/model/json.ts';
import { overlay, pick } from '../../src/model/merge-tree.ts';
import { payloads, records } from './sample-data.ts';

const files = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => statSync(join(folder, name)).isDirectory() && name !== 'codecs')
    .flatMap((name) =>
      readdirSync(join(folder, name))
        .filter((file) => file.endsWith('.yaml'))
        .map((file) => join(folder, name, file)),
    );

const documents = [...files('mappings'), 'test/mapping/every-codec.yaml'];
const codecs = await loadCodecs('mappings', []);

function load(file: string): { mapping: Mapping; planned: Planned } {
  const { mapping, planned, faults } = compileMapping(parse(readFileSync(file, 'utf8')), { file, codecs });
  if (!mapping || !planned) throw new Error(faults.map(faultText).join('\n'));
  return { mapping, planned };
}

const same = (_: string, id: string): string => id;

/** RFC 7396. */
function mergePatch(target: Lossless | undefined, patch: Lossless): Lossless {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch) || !isPlain(patch)) return patch;
  const result: LosslessObject = isPlain(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}
const isPlain = (value: Lossless | undefined): value is LosslessObject =>
  Object.prototype.toString.call(value) === '[object Object]' && Object.getPrototypeOf(value) === Object.prototype;

/** A merge patch removes what it says is null. */
function withoutNulls(value: Lossless): Lossless {
  if (!isPlain(value)) return value;
  const kept = Object.entries(value)
    .filter(([, member]) => member !== null)
    .map(([key, member]) => [key, withoutNulls(member)] as const);
  return Object.fromEntries(kept.filter(([, member]) => !(isPlain(member) && Object.keys(member).length === 0)));
}

/** Paths with one pair that goes both ways, so that what is written can be read again. */
const twoWay = (planned: Planned): string[] => [
  ...planned.pairs.filter((pair) => pair.dir === 'both' && pair.canonical !== '').map((pair) => pair.canonical),
  ...planned.rows
    .filter((row) => row.dir === 'both')
    .flatMap((row) =>
      row.pairs.filter((pair) => pair.dir === 'both').map((pair) => `${row.collection}.*.${pair.ours.join('.')}`),
    ),
];

describe.each(documents)('%s', (file) => {
  const { mapping, planned } = load(file);
  const type = planned.type;
  const reads = planned.pairs.some((pair) => goesIn(pair.dir)) || planned.rows.some((row) => goesIn(row.dir));
  const writes = [...planned.pairs, ...planned.rows.flatMap((row) => row.pairs)].some((pair) => goesOut(pair.dir));
  // Made once for all laws of a document: to make them took as long as to draw from them.
  const somePayload = payloads(planned);
  const someRecord = records(planned);
  const imageOf = (payload: LosslessObject): JsonObject => overlay(type, {}, mapping.read(payload, same).patch);

  it('writing back what was read changes nothing, to the byte', () => {
    fc.assert(
      fc.property(somePayload, (payload) => {
        const image = imageOf(payload);
        const written = mapping.write({ op: 'update', data: image, image, base: payload, lookup: same });
        const { changed, changes } = written;
        // One expectation, not four: they cost more than what they look at.
        expect({ changed, changes, body: stringifyJson(written.body), image: written.image }).toEqual({
          ...{ changed: false, changes: {} },
          ...{ body: stringifyJson(payload), image },
        });
      }),
    );
  });

  if (writes)
    it('what was written reads as the image says, and once more changes nothing', () => {
      let tried = 0;
      fc.assert(
        fc.property(someRecord, (data) => {
          const created = mapping.write({ op: 'create', data, image: undefined, base: undefined, lookup: same });
          if (created.faults.length > 0) return;
          tried++;
          const paths = twoWay(planned);
          expect(pick(imageOf(created.body), paths)).toEqual(pick(created.image, paths));
          const again = mapping.write({ op: 'update', data, image: created.image, base: created.body, lookup: same });
          expect({ changed: again.changed, faults: again.faults }).toEqual({ changed: false, faults: [] });
          expect(stringifyJson(again.body)).toBe(stringifyJson(created.body));
          const settled = mapping.write({
            op: 'create',
            data: created.image,
            image: undefined,
            base: undefined,
            lookup: same,
          });
          expect(settled.image).toEqual(created.image);
        }),
      );
      expect(tried).toBeGreaterThan(20);
    });

  if (writes)
    it('the patch makes the held payload say what the whole payload says', () => {
      fc.assert(
        fc.property(somePayload, someRecord, (payload, wanted) => {
          const image = imageOf(payload);
          const data = { ...image, ...wanted };
          const written = mapping.write({ op: 'update', data, image, base: payload, lookup: same });
          const patched = mergePatch(payload, written.changes);
          const constants = planned.pairs
            .filter((pair) => pair.canonical === '')
            .flatMap(({ targets }) => targets.map(({ path }) => path[0] as string));
          const plain = (tree: Lossless): Lossless => {
            const { ...copy } = withoutNulls(tree) as LosslessObject;
            for (const key of constants) delete copy[key];
            return copy;
          };
          expect(stringifyJson(plain(patched))).toBe(stringifyJson(plain(orderedLike(written.body, patched))));
          expect(written.changed).toBe(Object.keys(written.changes).length > 0);
        }),
      );
    });

  if (reads)
    it('the order of rows says nothing', () => {
      const shuffled = somePayload.chain((payload) =>
        fc.infiniteStream(fc.nat()).map((stream) => ({ payload, other: shuffle(payload, planned, stream) })),
      );
      fc.assert(
        fc.property(shuffled, ({ payload, other }) => {
          expect(mapping.read(other, same).patch).toEqual(mapping.read(payload, same).patch);
        }),
      );
    });

  if (writes)
    it('members that no pair names survive, in rows too', () => {
      fc.assert(
        fc.property(somePayload, someRecord, (payload, data) => {
          const written = mapping.write({ op: 'update', data, image: imageOf(payload), base: payload, lookup: same });
          expect(privates(written.body)).toEqual(privates(payload));
          for (const row of planned.rows.filter((one) => one.dir === 'both')) {
            const after = rowsByKey(written.body, row.path, row.keyPath);
            for (const [key, before] of rowsByKey(payload, row.path, row.keyPath)) {
              if (Object.hasOwn((data[row.collection] as JsonObject | undefined) ?? {}, key))
                expect(privates(after.get(key) ?? {})).toEqual(privates(before));
            }
          }
        }),
      );
    });
});

const privates = (tree: LosslessObject): LosslessObject =>
  Object.fromEntries(Object.entries(tree).filter(([key]) => key.startsWith('_')));

function at(tree: LosslessObject, path: readonly string[]): Lossless | undefined {
  return path.reduce<Lossless | undefined>((node, key) => (isPlain(node) ? node[key] : undefined), tree);
}

function rowsByKey(
  payload: LosslessObject,
  path: readonly string[],
  key: readonly string[],
): Map<string, LosslessObject> {
  const rows = at(payload, path);
  return new Map((Array.isArray(rows) ? rows : []).filter(isPlain).map((row) => [String(at(row, key)), row]));
}

function shuffle(payload: LosslessObject, planned: Planned, stream: Iterator<number>): LosslessObject {
  const copy = parseJson(stringifyJson(payload)) as LosslessObject;
  for (const { path } of planned.rows) {
    const rows = at(copy, path);
    if (!Array.isArray(rows)) continue;
    const ranked = rows.map((row) => [stream.next().value as number, row] as const).sort(([a], [b]) => a - b);
    rows.splice(0, rows.length, ...ranked.map(([, row]) => row));
  }
  return copy;
}

/** The same members in the order of another tree: JSON text is compared, and order says nothing in an object. */
function orderedLike(tree: Lossless, other: Lossless): Lossless {
  if (!isPlain(tree) || !isPlain(other)) return equalJson(tree, other) ? other : tree;
  const keys = [
    ...Object.keys(other).filter((key) => Object.hasOwn(tree, key)),
    ...Object.keys(tree).filter((key) => !Object.hasOwn(other, key)),
  ];
  return Object.fromEntries(keys.map((key) => [key, orderedLike(tree[key] as Lossless, other[key] as Lossless)]));
}
