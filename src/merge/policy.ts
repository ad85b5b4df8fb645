// A merge policy made ready: which unit every canonical path belongs to.
import { type Field, fieldsOf } from '../model/fields.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import { isObject } from '../model/tree.ts';
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
  unit?: Unit;
  members?: Map<string, Node>;
  /** Members of every entry of a collection. */
  everyEntry: boolean;
  path: string;
}

/** Fields that no schema names get at most this many remembered units; payloads choose their names. */
const openUnits = 1_000;

/** @param named units of a document, paths as fields.ts writes them (`lines.sku`), no path within another */
export function createPolicy(record: RecordType, history: MergePolicy['history'], named: readonly Unit[]): MergePolicy {
  const units = named.map((unit) => ({ ...unit, paths: unit.paths.map((path) => entryPath(record, path)) }));
  const byPath = new Map(units.flatMap((unit, index) => (named[index] as Unit).paths.map((path) => [path, unit])));
  const order = new Map<Unit, number>(units.map((unit, index) => [unit, index]));
  const root: Node = { members: new Map(), everyEntry: false, path: '' };
  const index: Index = { record, byPath, order, root };
  for (const field of Object.values(fieldsOf(record))) root.members?.set(field.path, build(index, field));
  const place = (unit: Unit): number => order.get(unit) ?? order.size;
  return {
    record,
    history,
    units: [...order.keys()],
    unitOf: (path) =>
      unitAt(
        index,
        path.split('.').filter((segment) => segment !== '*'),
      ),
    unitsIn: (tree) => {
      const found = new Set<Unit>();
      collect(index, root, tree, found, '');
      return found.size < 2 ? [...found] : [...found].sort((a, b) => place(a) - place(b));
    },
  };
}

interface Index {
  record: RecordType;
  byPath: ReadonlyMap<string, Unit>;
  order: Map<Unit, number>;
  root: Node;
}

/** `lines.sku` stands for that member of every line. */
function entryPath(record: RecordType, path: string): string {
  const [top = '', ...rest] = path.split('.');
  return rest.length > 0 && fieldsOf(record)[top]?.kind === 'collection' ? [top, '*', ...rest].join('.') : path;
}

function build(index: Index, field: Field): Node {
  const everyEntry = field.kind === 'collection';
  const unit = index.byPath.get(field.path);
  const { path } = field;
  if (unit) return { unit, everyEntry, path };
  const splits = [...index.byPath.keys()].some((path) => path.startsWith(`${field.path}.`));
  if (!splits) return { unit: register(index, ownUnit(index, path, field)), everyEntry, path };
  const members = new Map<string, Node>();
  for (const [name, member] of Object.entries(field.fields ?? {})) members.set(name, build(index, member));
  return { members, everyEntry, path };
}

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

function register(index: Index, unit: Unit): Unit {
  index.order.set(unit, index.order.size);
  return unit;
}

/** Below a field that the model does not look into, and beside the schema, units are made when first met. */
function memberOf(index: Index, node: Node, name: string, path: string): Node {
  const known = node.members?.get(name);
  if (known) return known;
  const named = index.byPath.get(path);
  const splits = !named && [...index.byPath.keys()].some((other) => other.startsWith(`${path}.`));
  if (splits) return keep(node, name, { members: new Map(), everyEntry: false, path });
  const unit = named ?? ownUnit(index, path);
  if (index.order.size >= openUnits && !named) return { unit, everyEntry: false, path };
  if (!named) register(index, unit);
  return keep(node, name, { unit, everyEntry: false, path });
}

function keep(node: Node, name: string, member: Node): Node {
  node.members?.set(name, member);
  return member;
}

function unitAt(index: Index, segments: readonly string[]): Unit {
  let node = index.root;
  let path = '';
  for (const segment of segments) {
    if (node.unit) return node.unit;
    path = path === '' ? segment : `${path}.${segment}`;
    node = memberOf(index, node, segment, path);
  }
  return node.unit ?? firstUnit(node) ?? ownUnit(index, path);
}

function firstUnit(node: Node): Unit | undefined {
  for (const member of node.members?.values() ?? []) {
    const unit = member.unit ?? firstUnit(member);
    if (unit) return unit;
  }
  return undefined;
}

function collect(index: Index, node: Node, tree: JsonObject, found: Set<Unit>, path: string): void {
  for (const name in tree) {
    const at = path === '' ? name : `${path}.${name}`;
    touch(index, memberOf(index, node, name, at), tree[name] as Json, found, at);
  }
}

function touch(index: Index, node: Node, value: Json, found: Set<Unit>, path: string): void {
  if (node.unit) found.add(node.unit);
  else if (!isObject(value)) all(node, found);
  else if (node.everyEntry) entries(index, node, value, found);
  else collect(index, node, value, found, path);
}

function entries(index: Index, node: Node, collection: JsonObject, found: Set<Unit>): void {
  for (const entry of Object.values(collection)) {
    if (isObject(entry)) collect(index, node, entry, found, node.path);
    else all(node, found);
  }
}

/** Something cleared as a whole clears every unit in it. */
function all(node: Node, found: Set<Unit>): void {
  for (const member of node.members?.values() ?? []) {
    if (member.unit) found.add(member.unit);
    else all(member, found);
  }
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
