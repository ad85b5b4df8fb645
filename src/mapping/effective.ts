// A document read piece by piece, with the pairs of an overlay laid over it; what is well formed goes on though other pieces are not.
import type { z } from 'zod';
import { joinPath, type Tell } from '../model/document-places.ts';
import {
  documentMembers,
  type EachDocument,
  eachSchema,
  eachShape,
  type HeadDocument,
  headSchema,
  type PairDocument,
  pairSchema,
  pairShape,
} from './document.ts';
import { type Fault, teller } from './fault.ts';
import { tellIssues } from './issues.ts';

/** A piece of a document and where its faults belong. */
export interface Placed<T> {
  value: T;
  tell: Tell;
  warn: Tell;
  /** Place as a text, to name it in another's fault. */
  place: string;
}

export interface Effective {
  head: Head;
  tellHead: Tell;
  warnHead: Tell;
  fields: Placed<PairDocument>[];
  each: (Placed<Omit<EachDocument, 'fields'>> & { fields: Placed<PairDocument>[] })[];
}

export interface SourceDocument {
  document: unknown;
  file: string;
  /** Place of the document inside its file. */
  path: string;
}

export type Head = { [K in keyof HeadDocument]?: HeadDocument[K] | undefined };

interface Report {
  faults: Fault[];
  warnings: Fault[];
}

type Raw = Record<string, unknown>;
const isRaw = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Parses and tells its issues; what has only unknown members besides goes on without them. */
function parsed<T>(schema: z.ZodType<T>, raw: unknown, known: readonly string[], tell: Tell): T | undefined {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  tellIssues(result.error.issues, tell, known);
  if (!isRaw(raw)) return undefined;
  const bad = new Set(
    result.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : issue.path.slice(0, 1).map(String),
    ),
  );
  const again = schema.safeParse(Object.fromEntries(Object.entries(raw).filter(([key]) => !bad.has(key))));
  return again.success ? again.data : undefined;
}

function placed<T>(value: T, source: SourceDocument, path: string, report: Report): Placed<T> {
  const at = joinPath(source.path, path);
  return {
    value,
    place: at,
    tell: teller(report.faults, source.file, at),
    warn: teller(report.warnings, source.file, at),
  };
}

/** The member `null: ignore` reaches us under an empty name, since YAML reads that key as the value null. */
function withNullKey(raw: unknown): unknown {
  if (!isRaw(raw) || !Object.hasOwn(raw, '')) return raw;
  const { '': nulls, ...rest } = raw;
  return { ...rest, null: nulls };
}

function list(raw: unknown, tell: Tell): unknown[] {
  if (raw === undefined) return [];
  if (Array.isArray(raw)) return raw;
  tell('', 'must be a list');
  return [];
}

function readPairs(raw: unknown, at: string, source: SourceDocument, report: Report): Placed<PairDocument>[] {
  return list(raw, teller(report.faults, source.file, joinPath(source.path, at))).flatMap((pair, index) => {
    const place = placed(undefined, source, `${at}[${index}]`, report);
    const value = parsed(pairSchema, withNullKey(pair), Object.keys(pairShape), place.tell);
    return value?.theirs === undefined ? [] : [{ ...place, value }];
  });
}

function readEach(raw: unknown, source: SourceDocument, report: Report): Effective['each'] {
  return list(raw, teller(report.faults, source.file, joinPath(source.path, 'each'))).flatMap((one, index) => {
    const at = `each[${index}]`;
    const place = placed(undefined, source, at, report);
    const fields = isRaw(one) ? readPairs(one.fields ?? [], `${at}.fields`, source, report) : [];
    const value = parsed(
      eachSchema,
      isRaw(one) ? { ...(withNullKey(one) as Raw), fields: [] } : one,
      Object.keys(eachShape),
      place.tell,
    );
    return value?.key === undefined ? [] : [{ ...place, value, fields }];
  });
}

/** @returns undefined when a source is not even an object */
export function effectiveDocument(
  base: SourceDocument,
  overlay: SourceDocument | undefined,
  report: Report,
): Effective | undefined {
  const bottom = readDocument(base, report, headSchema);
  if (!overlay) return bottom;
  const raw = Array.isArray(overlay.document) ? { ...overlay, document: { fields: overlay.document } } : overlay;
  const top = readDocument(raw, report, headSchema.partial());
  if (!bottom || !top) return bottom;
  return {
    ...bottom,
    head: { ...bottom.head, ...top.head },
    fields: laidOver(bottom.fields, top.fields, ({ value }) => value.ours ?? JSON.stringify(value.theirs)),
    each: laidOver(bottom.each, top.each, ({ value }) => value.ours).map((one) => {
      const under = bottom.each.find((other) => other.value.ours === one.value.ours);
      return under && under !== one
        ? {
            ...one,
            fields: laidOver(under.fields, one.fields, ({ value }) => value.ours ?? JSON.stringify(value.theirs)),
          }
        : one;
    }),
  };
}

/** Pieces of the overlay take the place of those for the same path; others come after. */
function laidOver<T>(under: readonly T[], over: readonly T[], keyOf: (one: T) => string): T[] {
  const above = new Set(over.map(keyOf));
  return [...under.filter((one) => !above.has(keyOf(one))), ...over];
}

function readDocument(source: SourceDocument, report: Report, schema: z.ZodType<Head>): Effective | undefined {
  const tell = teller(report.faults, source.file, source.path);
  if (!isRaw(source.document)) return void tell('', 'must be a mapping document: an object with record and fields');
  const { fields, each, ...head } = source.document;
  return {
    head: parsed(schema, head, documentMembers, tell) ?? {},
    tellHead: tell,
    warnHead: teller(report.warnings, source.file, source.path),
    fields: readPairs(fields, 'fields', source, report),
    each: readEach(each, source, report),
  };
}
