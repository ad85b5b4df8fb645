// A pair whose canonical value is made of several members of the payload: first and last name, amount and currency.
import { equalJson, type Json, type Lossless, type LosslessObject } from '../model/json.ts';
import { type PartsCoder, Unreadable } from './codec.ts';
import { type Getter, getter, type Setter, setter } from './external.ts';
import {
  type Change,
  changer,
  ourGetter,
  ourSetter,
  type ReadFrame,
  readFault,
  type Step,
  type WriteFrame,
  writeFault,
} from './frames.ts';
import { holder } from './image.ts';
import { goesIn, goesOut, type PlannedPair } from './plan.ts';
import { isMissing, mustNotBeEmpty, notNull, type Policy, policyOf } from './policy.ts';
import { keeper } from './step-value.ts';

export function partsStep(pair: PlannedPair, clears: boolean): Step {
  const coder = pair.codec.made as PartsCoder;
  const parts = pair.targets.map(({ path }) => getter(path));
  const policy = policyOf(pair, clears);
  return {
    late: false,
    ...(goesIn(pair.dir) && { read: reader(pair, coder, parts, policy) }),
    ...(goesOut(pair.dir) ? { write: writer(pair, coder, parts, policy) } : { keep: keeper(pair) }),
  };
}

/** What the parts say: a value, null, nothing (undefined), or why not. */
function readParts(
  source: LosslessObject,
  pair: PlannedPair,
  coder: PartsCoder,
  parts: readonly Getter[],
  policy: Policy,
): Json | undefined | Unreadable {
  const said = parts.map((part) => part(source));
  const broken = said.find((one) => one instanceof Unreadable);
  if (broken) return broken;
  const leads = pair.field?.kind === 'money';
  if (leads ? said[0] === undefined : said.every((one) => one === undefined))
    return policy.absentClears ? null : undefined;
  if (leads ? said[0] === null : said.every((one) => (one ?? null) === null || one === '')) return null;
  const missing = said.indexOf(undefined);
  if (missing >= 0 && !policy.absentClears)
    return new Unreadable(
      `says only a part: ${pair.targets[missing]?.text} is missing, and the parts are read together`,
    );
  return coder.join(said.map((one) => (one ?? null) as Lossless));
}

function reader(
  pair: PlannedPair,
  coder: PartsCoder,
  parts: readonly Getter[],
  policy: Policy,
): (frame: ReadFrame) => void {
  const to = ourSetter(pair.ours);
  const label = pair.targets[0]?.text ?? '';
  return (frame) => {
    const value = readParts(frame.source, pair, coder, parts, policy);
    if (value === undefined || (value === null && policy.nulls === 'ignore')) return;
    if (value instanceof Unreadable) return readFault(frame, label, pair.canonical, value);
    if (value === null && policy.nulls === 'reject') return readFault(frame, label, pair.canonical, notNull);
    to(frame.out, value);
  };
}

/** One part of the value in the payload. */
interface Place {
  theirs: Getter;
  put: Setter;
  change: Change;
}

interface PartsState {
  current: Json | undefined | Unreadable;
  normal: Json;
  differs: boolean;
}

/** Sets all parts, unless those that stand there already say the same. */
function setAll(frame: WriteFrame, places: readonly Place[], values: readonly Lossless[], state: PartsState): void {
  const { current, normal, differs } = state;
  const stays = current !== undefined && !(current instanceof Unreadable) && equalJson(current, normal);
  places.forEach(({ theirs, put, change }, at) => {
    const value = values[at] ?? null;
    if (!stays) put(frame.draft, value);
    if (differs) change(frame, stays ? ((theirs(frame.draft.root) ?? null) as Lossless) : value);
  });
}

function writer(
  pair: PlannedPair,
  coder: PartsCoder,
  parts: readonly Getter[],
  policy: Policy,
): (frame: WriteFrame) => void {
  const places = pair.targets.map(
    ({ path }): Place => ({ theirs: getter(path), put: setter(path), change: changer(path) }),
  );
  const [ours, hold] = [ourGetter(pair.ours), holder(pair.ours)];
  const anyPolicy = { ...policy, absentClears: true };
  const empty = places.map(() => policy.nothing);
  return (frame) => {
    const said = ours(frame.data);
    const was = frame.held && ours(frame.held);
    const wish = policy.once && frame.op === 'update' ? was : said;
    const isNew = frame.draft.base === undefined;
    const current = isNew ? null : readParts(frame.draft.root, pair, coder, parts, anyPolicy);
    const nothing = wish === undefined || wish === null;
    const values = nothing ? empty : coder.part(wish, places.length);
    const refusal = nothing
      ? whyNotEmpty(frame, was, policy)
      : values.find((value): value is Unreadable => value instanceof Unreadable);
    if (refusal) {
      hold(frame, said, was);
      return writeFault(frame, pair.ours.join('.'), refusal);
    }
    if (nothing) {
      hold(frame, said, undefined);
      const state = { current, normal: null, differs: true };
      return (was ?? null) === null ? undefined : setAll(frame, places, values as Lossless[], state);
    }
    const joined = coder.join(values as Lossless[]);
    const normal = joined instanceof Unreadable || equalJson(joined, wish) ? wish : joined;
    const equal = was !== undefined && equalJson(normal, was);
    hold(frame, said, equal && normal !== wish ? was : normal);
    const differs = was === undefined || !(policy.once || equal);
    setAll(frame, places, values as Lossless[], { current, normal, differs });
  };
}

function whyNotEmpty(frame: WriteFrame, was: Json | undefined, policy: Policy): Unreadable | undefined {
  if (policy.required && frame.op === 'create') return isMissing;
  return (was ?? null) !== null && (policy.required || policy.nulls === 'reject') ? mustNotBeEmpty : undefined;
}
