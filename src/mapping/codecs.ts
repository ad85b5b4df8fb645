// All codecs by name, and the way from a document's words to a codec that is ready for its place.
import { z } from 'zod';
import type { Tell } from '../model/document-places.ts';
import type { FieldKind } from '../model/fields.ts';
import {
  type CodecArbitrary,
  type CodecClass,
  type CodecDefinition,
  type CodecSpec,
  type Coder,
  isParts,
  isStructure,
  type Made,
  type Site,
} from './codec.ts';
import { address, addressCn } from './codecs/address.ts';
import { bool } from './codecs/bool.ts';
import { constant } from './codecs/constant.ts';
import { country } from './codecs/country.ts';
import { date } from './codecs/date.ts';
import { decimal } from './codecs/decimal.ts';
import { enumeration } from './codecs/enum.ts';
import { epoch } from './codecs/epoch.ts';
import { first } from './codecs/first.ts';
import { instant } from './codecs/instant.ts';
import { int } from './codecs/int.ts';
import { join } from './codecs/join.ts';
import { localTime } from './codecs/local-time.ts';
import { lookup } from './codecs/lookup.ts';
import { moneyDecimal, moneyMinor } from './codecs/money.ts';
import { phone } from './codecs/phone.ts';
import { quantity } from './codecs/quantity.ts';
import { same } from './codecs/same.ts';
import { set } from './codecs/set.ts';
import { split } from './codecs/split.ts';
import { text } from './codecs/text.ts';
import { unit } from './codecs/unit.ts';
import { window } from './codecs/window.ts';
import { didYouMean } from './fault.ts';
import { tellIssues } from './issues.ts';

export type Codecs = ReadonlyMap<string, CodecDefinition>;

const all = [
  same,
  text,
  int,
  decimal,
  quantity,
  moneyDecimal,
  moneyMinor,
  enumeration,
  bool,
  epoch,
  localTime,
  instant,
  date,
  phone,
  country,
  unit,
  address,
  addressCn,
  window,
  split,
  join,
  constant,
  first,
  set,
  lookup,
];
export const builtInCodecs: Codecs = new Map(all.map((codec) => [codec.name, codec]));

/** A codec with its parameters, made for one place. */
export interface Resolved {
  name: string;
  params: unknown;
  class: CodecClass;
  made: Made;
  arbitrary: CodecArbitrary;
}

export type Place = Omit<Site, 'inner' | 'tell'>;

/** @returns undefined after the faults were told */
export function resolveCodec(
  spec: CodecSpec | undefined,
  place: Place,
  codecs: Codecs,
  tell: Tell,
): Resolved | undefined {
  const named = nameAndParams(spec, tell);
  if (!named) return undefined;
  const definition = codecs.get(named.name);
  if (!definition)
    return void tell('', `there is no codec "${named.name}"`, didYouMean(named.name, [...codecs.keys()]));
  const below: Tell = (path, message, suggestion) =>
    tell(
      typeof spec === 'string' || spec === undefined ? path : path === '' ? named.name : `${named.name}.${path}`,
      message,
      suggestion,
    );
  if (place.kind !== 'any' && !definition.kinds.includes(place.kind)) {
    return void tell('', `the codec ${named.name} makes ${definition.kinds.join(', ')}; the field is ${place.kind}`);
  }
  const parsed = definition.params.safeParse(named.params);
  if (!parsed.success) return void tellIssues(parsed.error.issues, below, memberNames(definition.params));
  return make(definition, parsed.data, place, codecs, below);
}

const memberNames = (params: z.ZodType): string[] => (params instanceof z.ZodObject ? Object.keys(params.shape) : []);

function make(
  definition: CodecDefinition,
  params: unknown,
  place: Place,
  codecs: Codecs,
  tell: Tell,
): Resolved | undefined {
  let failed = false;
  const quiet: Site = { ...place, tell: () => {}, inner: (spec, kind) => inner(spec, kind, place, codecs, () => {}) };
  const site: Site = {
    ...place,
    tell: (path, message, suggestion) => {
      failed = true;
      tell(path, message, suggestion);
    },
    inner: (spec, kind, path) =>
      inner(spec, kind, place, codecs, (at, message, suggestion) =>
        site.tell(at === '' ? path : `${path}.${at}`, message, suggestion),
      ),
  };
  const made = definition.make(params, site);
  if (!made || failed) return undefined;
  return {
    name: definition.name,
    params,
    made,
    class: definition.class(params, quiet),
    arbitrary: definition.arbitrary(params, quiet),
  };
}

function inner(
  spec: CodecSpec,
  kind: FieldKind,
  place: Place,
  codecs: Codecs,
  tell: Tell,
): { coder: Coder; class: CodecClass; arbitrary: CodecArbitrary } | undefined {
  const resolved = resolveCodec(spec, { ...place, kind, shape: 'value' }, codecs, tell);
  if (!resolved) return undefined;
  const { made } = resolved;
  if (isStructure(made) || isParts(made))
    return void tell('', `the codec ${resolved.name} cannot stand inside another`);
  return { coder: made, class: resolved.class, arbitrary: resolved.arbitrary };
}

function nameAndParams(spec: CodecSpec | undefined, tell: Tell): { name: string; params: unknown } | undefined {
  if (spec === undefined) return { name: 'same', params: {} };
  if (typeof spec === 'string') return { name: spec, params: {} };
  const [name, ...more] = Object.keys(spec);
  if (name === undefined || more.length > 0)
    return void tell('', 'names one codec: its name, or { name: { parameters } }');
  return { name, params: spec[name] ?? {} };
}
