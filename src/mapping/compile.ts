// From a document to a mapping: everything is checked, every fault told, and what is right becomes straight functions.
import { createHash } from 'node:crypto';
import { joinPath } from '../model/document-places.ts';
import { fieldAt } from '../model/fields.ts';
import type { Json } from '../model/json.ts';
import { isRecordType, type RecordType } from '../model/records.ts';
import {
  allPairs,
  checkHead,
  checkOverlaps,
  checkPair,
  type Planned,
  unmappedFields,
  type WritersOf,
  warnRequired,
  warnWriters,
} from './check.ts';
import { type Coder, isParts, isStructure } from './codec.ts';
import { builtInCodecs, type Codecs, resolveCodec } from './codecs.ts';
import { type Condition, compileCondition } from './condition.ts';
import { type Effective, effectiveDocument, type Head, type SourceDocument } from './effective.ts';
import type { Fault } from './fault.ts';
import { type MatchField, makeMapping } from './make-mapping.ts';
import type { Mapping } from './mapping.ts';
import { planEach, planPair, safePath } from './plan.ts';

export interface CompileOptions {
  file: string;
  /** Place of the document in the file, when it is not the whole. */
  path?: string;
  /** Pairs laid over the document: a list of pairs, or a partial document. */
  overlay?: SourceDocument;
  codecs?: Codecs;
  /** The system that the mapping is for, and who may write what: adds warnings. */
  system?: string;
  writersOf?: WritersOf;
}

export interface Compiled {
  mapping?: Mapping;
  faults: Fault[];
  warnings: Fault[];
  /** For the report. */
  planned?: Planned;
  unmapped: string[];
}

/** Checks and compiles. The mapping is there exactly when there are no faults. */
export function compileMapping(document: unknown, options: CompileOptions): Compiled {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const effective = effectiveDocument({ document, file: options.file, path: options.path ?? '' }, options.overlay, {
    faults,
    warnings,
  });
  const type = effective?.head.record ?? recordOf(document);
  if (!effective || !type) return { faults, warnings, unmapped: [] };
  const planned = plan(effective, type, options.codecs ?? builtInCodecs);
  const parts = compileHead(effective, planned, options.codecs ?? builtInCodecs);
  checkAll(effective, planned, options);
  const unmapped = unmappedFields(planned);
  if (faults.length > 0) return { faults, warnings, planned, unmapped };
  const identity = documentOf(effective);
  return {
    mapping: makeMapping({ planned, head: effective.head, ...identity, ...parts }),
    faults,
    warnings,
    planned,
    unmapped,
  };
}

/** The record type even of a document whose head is faulty, so that its pairs are checked too. */
function recordOf(document: unknown): RecordType | undefined {
  const said = typeof document === 'object' && document !== null && 'record' in document ? document.record : undefined;
  return typeof said === 'string' && isRecordType(said) ? said : undefined;
}

function plan({ fields, each }: Effective, type: RecordType, codecs: Codecs): Planned {
  const options = { type, codecs };
  return {
    type,
    pairs: fields.flatMap((pair) => planPair(pair, options) ?? []),
    rows: each.flatMap((one) => planEach(one, one.fields, options) ?? []),
  };
}

function checkAll(effective: Effective, planned: Planned, { system, writersOf }: CompileOptions): void {
  const snapshot = effective.head.payload === 'snapshot';
  checkHead(effective, planned);
  checkOverlaps(planned);
  const outward = allPairs(planned).filter((pair) => pair.dir !== 'in');
  for (const pair of allPairs(planned)) checkPair(pair, snapshot, outward);
  warnRequired(effective, planned);
  if (system !== undefined && writersOf) warnWriters(planned, system, writersOf);
}

interface HeadParts {
  when: Condition | undefined;
  accept: Condition | undefined;
  clock: { path: readonly string[]; coder: Coder } | undefined;
  id: readonly string[] | undefined;
  match: MatchField[];
  actor: readonly string[] | undefined;
  tag: readonly string[] | undefined;
}

function compileHead({ head, tellHead }: Effective, planned: Planned, codecs: Codecs): HeadParts {
  const below = (base: string) => (path: string, message: string, suggestion?: string) =>
    tellHead(joinPath(base, path), message, suggestion);
  const path = (text: string | undefined, at: string): string[] | undefined =>
    text === undefined ? undefined : safePath(text, at, tellHead);
  return {
    when: head.when === undefined ? undefined : compileCondition(head.when, 'record', below('when'), planned.type),
    accept: head.accept === undefined ? undefined : compileCondition(head.accept, 'theirs', below('accept')),
    clock: clockOf(head, codecs, below('clock')),
    id: path(head.identity?.id, 'identity.id'),
    match: (head.identity?.match ?? []).flatMap(
      (one, index) => matchField(one, planned, codecs, below(`identity.match[${index}]`)) ?? [],
    ),
    actor: path(head.origin?.actor, 'origin.actor'),
    tag: path(head.origin?.tag, 'origin.tag'),
  };
}

type Below = (path: string, message: string, suggestion?: string) => void;

function clockOf({ clock }: Head, codecs: Codecs, tell: Below): HeadParts['clock'] {
  if (clock?.at === undefined)
    return void (clock?.codec !== undefined && tell('at', 'is missing: where the payload holds the time'));
  const path = safePath(clock.at, 'at', tell);
  const codec = resolveCodec(
    clock.codec ?? 'instant',
    { kind: 'instant', values: undefined, dir: 'in', shape: 'value' },
    codecs,
    (at, message, suggestion) => tell(joinPath('codec', at), message, suggestion),
  );
  return path && codec && !isStructure(codec.made) && !isParts(codec.made) ? { path, coder: codec.made } : undefined;
}

const matchable = new Set(['text', 'int', 'decimal', 'date', 'reference', 'enum', 'any']);

function matchField(
  one: NonNullable<NonNullable<Head['identity']>['match']>[number],
  planned: Planned,
  codecs: Codecs,
  tell: Below,
): MatchField | undefined {
  const field = fieldAt(planned.type, one.ours);
  if (!field) return void tell('ours', `"${one.ours}" is no field of ${planned.type}`);
  if (!matchable.has(field.kind))
    return void tell('ours', `${one.ours} holds ${field.kind}; records are found by single values`);
  const path = safePath(one.theirs, 'theirs', tell);
  const twin = planned.pairs.find(
    (pair) => pair.canonical === one.ours && pair.shape === 'value' && pair.targets[0]?.text === one.theirs,
  );
  const site = { kind: field.kind, values: field.values, dir: 'in' as const, shape: 'value' as const };
  const codec =
    one.codec === undefined && twin
      ? twin.codec
      : resolveCodec(one.codec, site, codecs, (at, message, suggestion) =>
          tell(joinPath('codec', at), message, suggestion),
        );
  if (!path || !codec || isStructure(codec.made) || isParts(codec.made)) return undefined;
  return { field: one.ours, path, coder: codec.made };
}

/** As it takes effect: key order, comments and file names do not count. */
function documentOf({ head, fields, each }: Effective): { digest: string; document: string } {
  const content = {
    head,
    fields: fields.map(({ value }) => value),
    each: each.map((one) => ({ ...one.value, fields: one.fields.map(({ value }) => value) })),
  };
  const { head: said, ...pairs } = sorted(content as unknown as Json) as { head: object };
  const text = JSON.stringify(sorted(content as unknown as Json));
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { digest, document: JSON.stringify({ ...said, ...pairs }) };
}

function sorted(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .filter((key) => value[key] !== undefined)
      .map((key) => [key, sorted(value[key] as Json)]),
  );
}
