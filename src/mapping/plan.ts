// From written pairs to planned ones: paths looked up in the model, codecs made for their places.

import type { Tell } from '../model/document-places.ts';
import { type Field, type FieldKind, fieldAt, fieldsOf } from '../model/fields.ts';
import { addressMembers } from '../model/kinds.ts';
import { parsePath } from '../model/paths.ts';
import type { RecordType } from '../model/records.ts';
import { type Direction, isParts, isStructure } from './codec.ts';
import { windowMembers } from './codecs/window.ts';
import { type Codecs, type Resolved, resolveCodec } from './codecs.ts';
import type { EachDocument, PairDocument } from './document.ts';
import type { Placed } from './effective.ts';
import { didYouMean } from './fault.ts';

/** One external path of a pair; structures name the member it holds. */
interface Target {
  member: string;
  text: string;
  path: readonly string[];
}

export interface PlannedPair extends Placed<PairDocument> {
  /** Canonical path from the record, without keys: `lines.sku`; empty for const. */
  canonical: string;
  /** The same from where the pair stands. */
  ours: readonly string[];
  field: Field | undefined;
  targets: readonly Target[];
  shape: 'value' | 'members' | 'parts';
  dir: Direction;
  codec: Resolved;
}

export interface PlannedEach extends Placed<Omit<EachDocument, 'fields'>> {
  collection: string;
  path: readonly string[];
  keyMember: string;
  keyPath: readonly string[];
  key: Resolved;
  dir: Direction;
  pairs: PlannedPair[];
}

export interface PlanOptions {
  type: RecordType;
  codecs: Codecs;
}

export const goesIn = (dir: Direction): boolean => dir !== 'out';
export const goesOut = (dir: Direction): boolean => dir !== 'in';

/** Every canonical path that a pair may name. */
function canonicalPaths(type: RecordType, below = ''): string[] {
  const walk = (fields: Record<string, Field>): string[] =>
    Object.values(fields).flatMap((field) => [
      field.path,
      ...(field.fields && field.kind !== 'money' ? walk(field.fields) : []),
    ]);
  const all = walk(fieldsOf(type));
  return below === ''
    ? all
    : all.filter((path) => path.startsWith(`${below}.`)).map((path) => path.slice(below.length + 1));
}

export function safePath(text: string, at: string, tell: Tell): string[] | undefined {
  try {
    return parsePath(text);
  } catch (error) {
    return void tell(at, (error as Error).message);
  }
}

export function planPair(
  placed: Placed<PairDocument>,
  options: PlanOptions,
  within?: { collection: string; dir: Direction | undefined },
): PlannedPair | undefined {
  const { value, tell } = placed;
  const dir = directionOf(placed, within?.dir);
  const targets = targetsOf(value, tell);
  const isConst = value.codec === 'const' || (typeof value.codec === 'object' && 'const' in value.codec);
  if (isConst) return planConst(placed, targets, dir, options);
  const place = canonicalPlace(placed, options.type, within?.collection);
  if (!place || !targets) return undefined;
  const { field, ours, canonical } = place;
  const shape = shapeOf(value);
  const expanded = shape === 'value' && !value.codec ? expandStructure(field.kind, targets) : targets;
  const realShape = expanded === targets ? shape : 'members';
  const site = { kind: field.kind, values: field.values, dir, shape: realShape };
  const codec = resolveCodec(value.codec, site, options.codecs, (path, message, suggestion) =>
    tell(path === '' ? 'codec' : `codec.${path}`, message, suggestion),
  );
  if (!codec || !fitsShape(codec, realShape, expanded, tell)) return undefined;
  return { ...placed, canonical, ours, field, targets: expanded, shape: realShape, dir, codec };
}

/** An address or window without a codec has its own members below one path. */
function expandStructure(kind: FieldKind, targets: readonly Target[]): readonly Target[] {
  const members = kind === 'address' ? addressMembers : kind === 'window' ? windowMembers : undefined;
  const [target] = targets;
  return members && target
    ? members.map((member) => ({ member, text: `${target.text}.${member}`, path: [...target.path, member] }))
    : targets;
}

function directionOf({ value, tell }: Placed<PairDocument>, outer: Direction | undefined): Direction {
  const dir = value.dir ?? outer ?? 'both';
  if (outer !== undefined && outer !== 'both' && dir !== outer)
    tell('dir', `goes ${dir}, and the collection around it goes ${outer} only`);
  if (value.once && dir === 'in') tell('once', 'is about writing, and this pair only comes in');
  return dir;
}

function planConst(
  placed: Placed<PairDocument>,
  targets: readonly Target[] | undefined,
  dir: Direction,
  options: PlanOptions,
): PlannedPair | undefined {
  const { value, tell } = placed;
  if (value.ours !== undefined)
    tell('ours', 'has nothing to do here: const writes one value, whatever the record says');
  if (dir === 'in' || value.dir === 'both') tell('dir', 'const only goes out');
  const site = { kind: 'any' as const, values: undefined, dir: 'out' as const, shape: 'value' as const };
  const codec = resolveCodec(value.codec, site, options.codecs, (path, message, suggestion) =>
    tell(path === '' ? 'codec' : `codec.${path}`, message, suggestion),
  );
  if (!codec || targets?.length !== 1 || value.ours !== undefined) return undefined;
  return { ...placed, canonical: '', ours: [], field: undefined, targets, shape: 'value', dir: 'out', codec };
}

function targetsOf({ theirs }: PairDocument, tell: Tell): Target[] | undefined {
  const entries: [string, string, string][] =
    typeof theirs === 'string'
      ? [['', theirs, 'theirs']]
      : Object.entries(theirs).map(([member, text]) => [
          member,
          text,
          Array.isArray(theirs) ? `theirs[${member}]` : `theirs.${member}`,
        ]);
  const targets = entries.map(([member, text, at]) => ({ member, text, path: safePath(text, at, tell) }));
  return targets.every((target): target is Target & { path: string[] } => target.path !== undefined)
    ? targets
    : undefined;
}

const shapeOf = ({ theirs, codec }: PairDocument): PlannedPair['shape'] => {
  if (typeof theirs === 'string') return 'value';
  const name = typeof codec === 'object' ? Object.keys(codec)[0] : codec;
  return Array.isArray(theirs) || name === 'moneyDecimal' || name === 'moneyMinor' ? 'parts' : 'members';
};

function fitsShape(
  { made, name }: Resolved,
  shape: PlannedPair['shape'],
  targets: readonly Target[],
  tell: Tell,
): boolean {
  if (isStructure(made)) {
    if (shape !== 'members') {
      tell('theirs', `the codec ${name} needs an object: { member: path }`);
      return false;
    }
    const strange = targets.filter(({ member }) => !Object.hasOwn(made.members, member));
    for (const { member } of strange)
      tell(
        `theirs.${member}`,
        `is no member of it; known are ${Object.keys(made.members).join(', ')}`,
        didYouMean(member, Object.keys(made.members)),
      );
    return strange.length === 0;
  }
  if (isParts(made)) return moneyParts(name, targets, tell);
  if (shape === 'value') return true;
  tell(
    'theirs',
    shape === 'parts' ? `the codec ${name} takes one path` : `the codec ${name} takes one path, not an object of them`,
  );
  return false;
}

/** Money in two parts is always amount first, then currency. */
function moneyParts(name: string, targets: readonly Target[], tell: Tell): boolean {
  if (!name.startsWith('money')) return true;
  const [amount, currency, ...more] = targets;
  if (amount?.member === 'amount' && currency?.member === 'currency' && more.length === 0) return true;
  tell('theirs', 'money in parts is { amount: path, currency: path }, in this order');
  return false;
}

function canonicalPlace(
  { value, tell }: Placed<PairDocument>,
  type: RecordType,
  collection: string | undefined,
): (Pick<PlannedPair, 'ours' | 'canonical'> & { field: Field }) | undefined {
  if (value.ours === undefined) return void tell('ours', 'is missing');
  const ours = safePath(value.ours, 'ours', tell);
  if (!ours) return undefined;
  const canonical = collection === undefined ? value.ours : `${collection}.${value.ours}`;
  const field = fieldAt(type, canonical);
  const wrong = (message: string, suggestion?: string): undefined => void tell('ours', message, suggestion);
  if (!field || value.ours.includes('*'))
    return wrong(`"${canonical}" is no field of ${type}`, didYouMean(value.ours, canonicalPaths(type, collection)));
  const parent = parentOf(type, canonical);
  if (parent?.kind === 'money')
    return wrong(`an amount changes hands with its currency; map ${parent.path} with moneyMinor or moneyDecimal`);
  if (parent?.kind === 'collection' && parent.path !== collection)
    return wrong(`belongs under each: { ours: ${parent.path}, … }`);
  if (canonical === 'x') return wrong('x holds namespaces; map x.<namespace>.<name>');
  return { ours, canonical, field };
}

function parentOf(type: RecordType, canonical: string): Field | undefined {
  const parts = canonical.split('.');
  for (let end = parts.length - 1; end > 0; end--) {
    const parent = fieldAt(type, parts.slice(0, end).join('.'));
    if (parent && (parent.kind === 'money' || parent.kind === 'collection')) return parent;
  }
  return undefined;
}

export function planEach(
  placed: Placed<Omit<EachDocument, 'fields'>>,
  fields: readonly Placed<PairDocument>[],
  options: PlanOptions,
): PlannedEach | undefined {
  const { value, tell } = placed;
  const field = fieldAt(options.type, value.ours);
  const path = safePath(value.theirs, 'theirs', tell);
  const keyPath = safePath(value.key.theirs, 'key.theirs', tell);
  if (field?.kind !== 'collection') {
    const collections = Object.values(fieldsOf(options.type))
      .filter((one) => one.kind === 'collection')
      .map((one) => one.path);
    return void tell(
      'ours',
      `"${value.ours}" is no collection of ${options.type}; it has ${collections.join(', ') || 'none'}`,
      didYouMean(value.ours, collections),
    );
  }
  if (field.key !== undefined && value.key.ours !== field.key)
    tell('key.ours', `${value.ours} is keyed by ${field.key}`, `did you mean "${field.key}"?`);
  const pairs = fields.flatMap((pair) => planPair(pair, options, { collection: value.ours, dir: value.dir }) ?? []);
  const dir = value.dir ?? dirOfAll(pairs);
  const key = resolveCodec(
    value.key.codec,
    { kind: 'text', values: undefined, dir, shape: 'value' },
    options.codecs,
    (at, message, suggestion) => tell(at === '' ? 'key.codec' : `key.codec.${at}`, message, suggestion),
  );
  if (!path || !keyPath || !key) return undefined;
  return { ...placed, collection: value.ours, path, keyMember: value.key.ours, keyPath, key, dir, pairs };
}

/** A collection goes where any of its fields goes. */
function dirOfAll(pairs: readonly PlannedPair[]): Direction {
  const inward = pairs.some((pair) => goesIn(pair.dir));
  const outward = pairs.some((pair) => goesOut(pair.dir));
  return inward === outward ? 'both' : inward ? 'in' : 'out';
}
