// What is wrong with pairs taken together, and with the document as a whole.

import type { Tell } from '../model/document-places.ts';
import { fieldAt, fieldsOf, requiredFields } from '../model/fields.ts';
import type { RecordType } from '../model/records.ts';
import { type Coder, isParts, isStructure } from './codec.ts';
import type { Effective } from './effective.ts';
import { didYouMean } from './fault.ts';
import { goesIn, goesOut, type PlannedEach, type PlannedPair } from './plan.ts';

export interface Planned {
  type: RecordType;
  pairs: readonly PlannedPair[];
  rows: readonly PlannedEach[];
}

/** Says which systems may write a canonical path; undefined: any. */
export type WritersOf = (record: RecordType, path: string) => ReadonlySet<string> | undefined;

interface Claim {
  path: readonly string[];
  text: string;
  place: string;
  tell: Tell;
  at: string;
}

/** Tells every claim that meets an earlier one on the same path or on one inside the other. */
function tellOverlaps(claims: readonly Claim[], message: (claim: Claim, other: Claim) => string): void {
  claims.forEach((claim, index) => {
    const other = claims
      .slice(0, index)
      .find(
        (one) =>
          one.path.every((part, at) => part === claim.path[at]) ||
          claim.path.every((part, at) => part === one.path[at]),
      );
    if (other) claim.tell(claim.at, message(claim, other));
  });
}

const outwardClaims = (pairs: readonly PlannedPair[]): Claim[] =>
  pairs
    .filter((pair) => goesOut(pair.dir))
    .flatMap((pair) =>
      pair.targets.map(({ member, text, path }) => ({
        path,
        text,
        place: pair.place,
        tell: pair.tell,
        at: member === '' ? 'theirs' : `theirs.${member}`,
      })),
    );

const inwardClaims = (pairs: readonly PlannedPair[]): Claim[] =>
  pairs
    .filter((pair) => goesIn(pair.dir))
    .map(({ ours, canonical, place, tell }) => ({ path: ours, text: canonical, place, tell, at: 'ours' }));

const writesTwice = (claim: Claim, other: Claim): string =>
  `"${claim.text}" is already written by ${other.place}${other.text === claim.text ? '' : ` ("${other.text}")`}`;
const readsTwice = (claim: Claim, other: Claim): string =>
  `"${claim.text}" is already read by ${other.place}${other.text === claim.text ? '' : ` ("${other.text}")`}`;

export function checkOverlaps({ pairs, rows }: Planned): void {
  const lists = rows
    .filter((row) => goesOut(row.dir))
    .map(({ path, value, place, tell }) => ({ path, text: value.theirs, place, tell, at: 'theirs' }));
  tellOverlaps([...outwardClaims(pairs), ...lists], writesTwice);
  const collections = rows
    .filter((row) => goesIn(row.dir))
    .map(({ collection, place, tell }) => ({ path: [collection], text: collection, place, tell, at: 'ours' }));
  tellOverlaps([...inwardClaims(pairs), ...collections], readsTwice);
  for (const row of rows) {
    const key = {
      path: row.keyPath,
      text: row.value.key.theirs,
      place: `${row.place}.key`,
      tell: row.tell,
      at: 'key.theirs',
    };
    tellOverlaps([key, ...outwardClaims(row.pairs)], writesTwice);
    tellOverlaps(
      [{ ...key, path: [row.keyMember], text: `${row.collection}.${row.keyMember}` }, ...inwardClaims(row.pairs)],
      readsTwice,
    );
  }
}

export const allPairs = ({ pairs, rows }: Planned): PlannedPair[] => [...pairs, ...rows.flatMap((row) => row.pairs)];

export function checkPair(pair: PlannedPair, snapshot: boolean, outward: readonly PlannedPair[]): void {
  const { value, codec, dir, tell, warn, field } = pair;
  if (dir === 'both' && codec.class === 'lossy' && value.acceptLossy === undefined) {
    tell(
      'codec',
      `${codec.name} loses something on the way out, and the pair also comes in: its copy could overwrite the original`,
      'set dir: in or dir: out, or say acceptLossy: <reason>',
    );
  }
  if (value.whenAbsent === 'clear' && !snapshot)
    tell('whenAbsent', 'clear needs payload: snapshot; a delta says nothing by leaving a member out');
  const record = codec.name === 'lookup' ? (codec.params as { record: string }).record : undefined;
  if (record !== undefined && field?.record !== undefined && field.record !== record) {
    tell('codec.lookup.record', `${pair.canonical} refers to a ${field.record}`);
  }
  if (!isStructure(codec.made) && !isParts(codec.made)) checkDirections(pair, codec.made, outward);
  if (field?.kind === 'reference' && goesIn(dir) && codec.name !== 'lookup') {
    warn(
      'codec',
      `${pair.canonical} is a reference to a ${field.record}; without lookup the system's own id would stand in its place`,
    );
  }
}

function checkDirections({ dir, codec, tell }: PlannedPair, made: Coder, outward: readonly PlannedPair[]): void {
  if (goesIn(dir) && !made.decode) tell('codec', `${codec.name} cannot be read back; it can only go out`);
  if (goesOut(dir) && !made.encode) tell('codec', `${codec.name} cannot be written; it can only come in`);
  const companion = made.companion;
  if (!goesOut(dir) || !companion) return;
  const written = outward.some(({ targets }) => targets.some(({ path }) => path.join('.') === companion.join('.')));
  if (!written)
    tell('codec', `no pair writes "${companion.join('.')}", so the amount would go out without its currency`);
}

export function checkHead({ head, tellHead }: Effective, { type }: Planned): void {
  const snapshot = head.payload === 'snapshot';
  if (head.absentMeans === 'clear' && !snapshot)
    tellHead('absentMeans', 'clear needs payload: snapshot; a delta says nothing by leaving a member out');
  head.needs?.forEach(({ ours, record }, index) => {
    const field = fieldAt(type, ours);
    const references = Object.values(fieldsOf(type))
      .filter((one) => one.kind === 'reference')
      .map((one) => one.path);
    if (!field) tellHead(`needs[${index}].ours`, `"${ours}" is no field of ${type}`, didYouMean(ours, references));
    else if (field.kind !== 'reference')
      tellHead(`needs[${index}].ours`, `${ours} is no reference; those are ${references.join(', ') || 'none'}`);
    else if (field.record !== record) tellHead(`needs[${index}].record`, `${ours} refers to a ${field.record}`);
  });
  if (
    head.origin &&
    !(head.origin.actor !== undefined && head.origin.self !== undefined) &&
    head.origin.tag === undefined
  ) {
    tellHead('origin', 'proves nothing: give actor and self, or tag');
  }
}

/** Required fields that no payload can fill: this system cannot make a record of the type. */
export function warnRequired({ warnHead }: Effective, planned: Planned): void {
  const inward = new Set(planned.pairs.filter((pair) => goesIn(pair.dir)).map((pair) => pair.canonical));
  const rowsIn = planned.rows.filter((row) => goesIn(row.dir));
  if (inward.size === 0 && rowsIn.length === 0) return;
  const missing = requiredFields(planned.type).filter(
    (path) => !inward.has(path) && !rowsIn.some((row) => row.collection === path),
  );
  if (missing.length > 0)
    warnHead('fields', `nothing comes in for ${missing.join(', ')}: this system cannot make a new ${planned.type}`);
  for (const row of rowsIn) {
    const entry = fieldAt(planned.type, row.collection)?.fields ?? {};
    const read = new Set([row.keyMember, ...row.pairs.filter((pair) => goesIn(pair.dir)).map((pair) => pair.ours[0])]);
    const lacking = Object.entries(entry).filter(([name, field]) => field.required && !read.has(name));
    if (lacking.length > 0)
      row.warn('fields', `nothing comes in for ${lacking.map(([name]) => `${row.collection}.${name}`).join(', ')}`);
  }
}

export function warnWriters(planned: Planned, system: string, writersOf: WritersOf): void {
  const ask = (path: string, warn: Tell): void => {
    const writers = writersOf(planned.type, path);
    if (writers && !writers.has(system))
      warn(
        'dir',
        `${system} is no writer of ${path} (those are ${[...writers].join(', ') || 'none'}); what it says will be refused`,
      );
  };
  for (const pair of planned.pairs) if (goesIn(pair.dir)) ask(pair.canonical, pair.warn);
  for (const row of planned.rows) if (goesIn(row.dir)) ask(row.collection, row.warn);
}

/** Canonical fields that no pair names. */
export function unmappedFields({ type, pairs, rows }: Planned): string[] {
  const named = [
    ...pairs.map((pair) => pair.canonical),
    ...rows.flatMap((row) =>
      [row.keyMember, ...row.pairs.map((pair) => pair.ours.join('.'))].map((path) => `${row.collection}.${path}`),
    ),
  ];
  const isNamed = (path: string): boolean =>
    named.some((one) => one === path || one.startsWith(`${path}.`) || path.startsWith(`${one}.`));
  return Object.values(fieldsOf(type)).flatMap((field) => {
    if (field.kind === 'any') return [];
    if (!isNamed(field.path)) return [field.path];
    if (field.kind !== 'object' && field.kind !== 'collection') return [];
    return Object.values(field.fields ?? {})
      .filter((inner) => !isNamed(inner.path))
      .map((inner) => inner.path);
  });
}
