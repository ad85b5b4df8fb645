// A merge policy made ready: which unit every canonical path belongs to.
import { type Field, fieldsOf } from '../model/fields.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { own } from '../model/own.ts';
import type { RecordType } from '../model/records.ts';
import { equalValue, isObject, rootField } from '../model/tree.ts';
import type { MergePolicy, Unit } from './types.ts';

/** What the hub itself keeps about an order; no system writes it unless a document says so. */
const keptByPolicy: ReadonlySet<string> = new Set([
  'holds',
  'holdSeq',
  'warehouseId',
  'fulfillmentGeneration',
  'routingError',
]);
const policyWriters: ReadonlySet<string> = new Set(['policy', 'console']);

/** A place in the tree of fields: a unit, or the members that are units of their own. */
interface Node {
  path: string;
  /** Undefined where no schema reaches. */
  field: Field | undefined;
  unit: Unit | undefined;
  /** Of the unit among all; undefined for one that is not remembered. */
  place: number | undefined;
  members: Map<string, Node> | undefined;
  /** Members of every entry of a collection. */
  everyEntry: boolean;
}

/** Fields that no schema names get at most this many remembered units; payloads choose their names. */
const openUnits = 1_000;

/** @param named units of a document, paths as fields.ts writes them (`lines.sku`), no path within another */
export function createPolicy(record: RecordType, history: MergePolicy['history'], named: readonly Unit[]): MergePolicy {
  const units = named.map((unit) => ({ ...unit, paths: unit.paths.map((path) => entryPath(record, path)) }));
  const byPath = new Map(named.flatMap((unit, place) => unit.paths.map((path) => [path, place])));
  const root = splitNode('', rootField(record));
  const index: Index = { record, byPath, units, root };
  for (const field of Object.values(fieldsOf(record))) root.members?.set(field.path, build(index, field));
  const known = [...units];
  const byName = new Map(known.toReversed().map((unit) => [unit.name, unit]));
  return {
    record,
    history,
    units: known,
    unitOf: (path) => unitAt(index, path),
    unitNamed: (name) => byName.get(name) ?? unitAt(index, name),
    unitsIn: (tree) => {
      const found: Found = new Array(units.length);
      collect({ index, found }, root, tree);
      return present(found);
    },
    differing: (a, b) => {
      const found: Found = new Array(units.length);
      compareMembers({ index, found }, root, a, b);
      return present(found);
    },
  };
}

interface Index {
  record: RecordType;
  /** Places of the units of the document. */
  byPath: ReadonlyMap<string, number>;
  /** Those of the document, then those of the schema, then those that payloads have named. */
  units: Unit[];
  root: Node;
}

/** Units met on a walk, at their places. */
type Found = (Unit | undefined)[];

interface Walk {
  index: Index;
  found: Found;
}

function present(found: Found): Unit[] {
  const units: Unit[] = [];
  for (const unit of found) if (unit) units.push(unit);
  return units;
}

/** `lines.sku` stands for that member of every line. */
function entryPath(record: RecordType, path: string): string {
  const [top = '', ...rest] = path.split('.');
  return rest.length > 0 && fieldsOf(record)[top]?.kind === 'collection' ? [top, '*', ...rest].join('.') : path;
}

const splitNode = (path: string, field: Field | undefined): Node => ({
  path,
  field,
  unit: undefined,
  place: undefined,
  members: new Map(),
  everyEntry: field?.kind === 'collection',
});

function unitNode(
  { index, path, field }: { index: Index; path: string; field: Field | undefined },
  place: number,
): Node {
  return { path, field, unit: index.units[place], place, members: undefined, everyEntry: false };
}

function build(index: Index, field: Field): Node {
  const { path } = field;
  const named = index.byPath.get(path);
  if (named !== undefined) return unitNode({ index, path, field }, named);
  if (!isSplit(index, path)) return unitNode({ index, path, field }, register(index, ownUnit(index, path, field)));
  const node = splitNode(path, field);
  for (const [name, member] of Object.entries(field.fields ?? {})) node.members?.set(name, build(index, member));
  return node;
}

/** A unit names something within it. */
const isSplit = (index: Index, path: string): boolean =>
  [...index.byPath.keys()].some((other) => other.startsWith(`${path}.`));

/** A field that no unit names is a unit of its own. */
function ownUnit(index: Index, path: string, field?: Field): Unit {
  const forward = index.record === 'order' && path === 'fulfillmentStatus';
  return {
    name: path,
    paths: [entryPath(index.record, path)],
    writers: index.record === 'order' && keptByPolicy.has(path.split('.')[0] ?? '') ? policyWriters : undefined,
    resolve: forward ? 'rank' : 'latest',
    order: [],
    ranks: field?.values ?? [],
    frozen: undefined,
    onRefusal: ['restore'],
  };
}

/** @returns its place */
const register = (index: Index, unit: Unit): number => index.units.push(unit) - 1;

function memberOf(index: Index, node: Node, name: string): Node {
  return node.members?.get(name) ?? newMember(index, node, name);
}

/** Below a field that the model does not look into, and beside the schema, units are made when first met. */
function newMember(index: Index, node: Node, name: string): Node {
  const path = node.path === '' ? name : `${node.path}.${name}`;
  const named = index.byPath.get(path);
  if (named === undefined && isSplit(index, path)) return keep(node, name, splitNode(path, undefined));
  if (named !== undefined) return keep(node, name, unitNode({ index, path, field: undefined }, named));
  const unit = ownUnit(index, path);
  if (index.units.length >= openUnits)
    return { path, field: undefined, unit, place: undefined, members: undefined, everyEntry: false };
  return keep(node, name, unitNode({ index, path, field: undefined }, register(index, unit)));
}

function keep(node: Node, name: string, member: Node): Node {
  node.members?.set(name, member);
  return member;
}

function unitAt(index: Index, path: string): Unit {
  let node = index.root;
  for (const segment of path.split('.')) {
    if (node.unit) return node.unit;
    if (segment !== '*') node = memberOf(index, node, segment);
  }
  return node.unit ?? firstUnit(node) ?? ownUnit(index, node.path);
}

function firstUnit(node: Node): Unit | undefined {
  for (const member of node.members?.values() ?? []) {
    const unit = member.unit ?? firstUnit(member);
    if (unit) return unit;
  }
  return undefined;
}

function find({ found }: Walk, { unit, place }: Node): void {
  if (place === undefined) found.push(unit);
  else found[place] = unit;
}

function collect(walk: Walk, node: Node, tree: JsonObject): void {
  for (const name in tree) touch(walk, memberOf(walk.index, node, name), tree[name] as Json);
}

function touch(walk: Walk, node: Node, value: Json): void {
  if (node.unit) find(walk, node);
  else if (!isObject(value)) all(walk, node);
  else if (node.everyEntry) entries(walk, node, value);
  else collect(walk, node, value);
}

function entries(walk: Walk, node: Node, collection: JsonObject): void {
  for (const key in collection) {
    const entry = collection[key];
    if (isObject(entry)) collect(walk, node, entry);
    else all(walk, node);
  }
}

/** Something cleared as a whole clears every unit in it. */
function all(walk: Walk, node: Node): void {
  for (const member of node.members?.values() ?? []) {
    if (member.unit) find(walk, member);
    else all(walk, member);
  }
}

const none: JsonObject = {};

/** What has members is compared member by member; anything else there holds nothing of their units. */
function compareMembers(walk: Walk, node: Node, a: Json | undefined, b: Json | undefined): void {
  const left = isObject(a) ? a : none;
  const right = isObject(b) ? b : none;
  for (const name in left) {
    const other = own(right, name);
    if (left[name] !== other) compare(walk, memberOf(walk.index, node, name), left[name], other);
  }
  for (const name in right) {
    if (!Object.hasOwn(left, name)) compare(walk, memberOf(walk.index, node, name), undefined, right[name]);
  }
}

function compare(walk: Walk, node: Node, a: Json | undefined, b: Json | undefined): void {
  if (!node.unit) {
    if (node.everyEntry) compareEntries(walk, node, a, b);
    else compareMembers(walk, node, a, b);
  } else if ((node.place === undefined || !walk.found[node.place]) && !equalValue(node.field, a, b)) find(walk, node);
}

function compareEntries(walk: Walk, node: Node, a: Json | undefined, b: Json | undefined): void {
  const left = isObject(a) ? a : none;
  const right = isObject(b) ? b : none;
  for (const key in left) {
    const other = own(right, key);
    if (left[key] !== other) compareMembers(walk, node, left[key], other);
  }
  for (const key in right) if (!Object.hasOwn(left, key)) compareMembers(walk, node, undefined, right[key]);
}

const defaults = new Map<RecordType, MergePolicy>();

/** For a type without a document: each top-level field is a unit, the latest edit wins, ties by system id. */
export function defaultPolicy(record: RecordType): MergePolicy {
  const known = defaults.get(record);
  if (known) return known;
  const policy = createPolicy(record, 'latest', []);
  defaults.set(record, policy);
  return policy;
}
