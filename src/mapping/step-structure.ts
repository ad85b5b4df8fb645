// A pair whose canonical value is an object of members, each at its own place in the payload: an address, a window.
import { equalJson, type Json, type JsonObject, type Lossless } from '../model/json.ts';
import { type Coder, type StructureCoder, Unreadable } from './codec.ts';
import { type Getter, getter, type Setter, setter } from './external.ts';
import {
  type Change,
  changer,
  type OurGetter,
  ourGetter,
  ourSetter,
  type ReadFrame,
  readFault,
  type Step,
  type WriteFrame,
  writeFault,
} from './frames.ts';
import { type Holder, holder } from './image.ts';
import { goesIn, goesOut, type PlannedPair } from './plan.ts';
import { isMissing, mustNotBeEmpty, notNull, type Policy, policyOf } from './policy.ts';
import { keeper } from './step-value.ts';

interface Member {
  name: string;
  text: string;
  theirs: Getter;
  put: Setter;
  change: Change;
  coder: Coder;
}

export function structureStep(pair: PlannedPair, clears: boolean): Step {
  const made = pair.codec.made as StructureCoder;
  const members = pair.targets.map(
    ({ member, text, path }): Member => ({
      name: member,
      text,
      theirs: getter(path),
      put: setter(path),
      change: changer(path),
      coder: made.members[member] as Coder,
    }),
  );
  const named = new Set(members.map(({ name }) => name));
  const constant = Object.fromEntries(Object.entries(made.constant ?? {}).filter(([name]) => !named.has(name)));
  const policy = policyOf(pair, clears);
  return {
    late: false,
    ...(goesIn(pair.dir) && { read: reader(pair, members, constant, policy) }),
    ...(goesOut(pair.dir) ? { write: writer(pair, members, constant, policy) } : { keep: keeper(pair) }),
  };
}

/** Null when the member was cleared, undefined when it says nothing. */
function readMember({ theirs, coder }: Member, frame: ReadFrame, policy: Policy): Json | undefined | Unreadable {
  const said = theirs(frame.source);
  if (said === undefined) return policy.absentClears ? null : undefined;
  if (said === null || (policy.emptyIsNull && said === '')) {
    if (policy.nulls === 'reject') return notNull;
    return policy.nulls === 'clear' ? null : undefined;
  }
  return said instanceof Unreadable ? said : (coder.decode?.(said, frame.around) ?? undefined);
}

function reader(
  pair: PlannedPair,
  members: readonly Member[],
  constant: JsonObject,
  policy: Policy,
): (frame: ReadFrame) => void {
  const to = ourSetter(pair.ours);
  const hasConstant = Object.keys(constant).length > 0;
  return (frame) => {
    const found: JsonObject = {};
    let said = 0;
    let set = 0;
    let broken = false;
    for (const member of members) {
      const value = readMember(member, frame, policy);
      if (value === undefined) continue;
      if (value instanceof Unreadable) {
        readFault(frame, member.text, `${pair.canonical}.${member.name}`, value);
        broken = true;
        continue;
      }
      found[member.name] = value;
      said++;
      if (value !== null) set++;
    }
    // One bad member spoils the whole: it changes hands as one value.
    if (broken || said === 0) return;
    if (set === 0) to(frame.out, said === members.length ? null : found);
    else to(frame.out, hasConstant ? Object.assign(found, constant) : found);
  };
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where and how an object is written. */
interface Writing {
  label: string;
  ours: OurGetter;
  hold: Holder;
  members: readonly Member[];
  constant: JsonObject;
  policy: Policy;
}

const noMembers: JsonObject = {};

function writer(
  pair: PlannedPair,
  members: readonly Member[],
  constant: JsonObject,
  policy: Policy,
): (frame: WriteFrame) => void {
  const ours = ourGetter(pair.ours);
  const writing: Writing = { label: pair.ours.join('.'), ours, hold: holder(pair.ours), members, constant, policy };
  return (frame) => {
    const was = frame.held && ours(frame.held);
    const wanted = policy.once && frame.op === 'update' ? was : ours(frame.data);
    if (isObject(wanted)) putObject(frame, writing, wanted, was);
    else putNothing(frame, writing, was);
  };
}

/** What stays as it is: nothing is written, and the system goes on holding what it held. */
function refuse(frame: WriteFrame, { label, ours, hold }: Writing, was: Json | undefined, why?: Unreadable): void {
  if (why) writeFault(frame, label, why);
  hold(frame, ours(frame.data), was);
}

function putObject(frame: WriteFrame, writing: Writing, wanted: JsonObject, was: Json | undefined): void {
  const strange = otherConstant(wanted, writing.constant);
  const before = isObject(was) ? was : noMembers;
  const encoded = strange ? undefined : encodeChanged(frame, writing, wanted, before);
  if (encoded) putMembers(frame, writing, { wanted, was, before, encoded });
  else refuse(frame, writing, was, strange);
}

/** An object that can be written; `encoded` by member, only where it differs from what is held. */
interface Wish {
  wanted: JsonObject;
  was: Json | undefined;
  before: JsonObject;
  encoded: readonly (Lossless | undefined)[];
}

function putMembers(frame: WriteFrame, writing: Writing, { wanted, was, before, encoded }: Wish): void {
  const { ours, hold, members, policy } = writing;
  const normal = normalForm(frame, writing, wanted, encoded);
  const equal = was !== undefined && equalJson(normal, was);
  hold(frame, ours(frame.data), equal && normal !== wanted ? was : normal);
  const whole = { same: equal || (policy.once && was !== undefined), nothing: policy.nothing, label: writing.label };
  for (let at = 0; at < members.length; at++) {
    const member = members[at] as Member;
    const value = wanted[member.name] ?? undefined;
    if (value === undefined) {
      clearMember(frame, member, before[member.name], whole);
      continue;
    }
    const current = frame.draft.base && standing(frame, member, normal[member.name], policy.nothing);
    if (current === undefined) putMember(frame, member, value, encoded[at], whole);
    else if (!whole.same) member.change(frame, current);
  }
}

/** A member that the payload does not name has one value only. */
function otherConstant(wanted: JsonObject, constant: JsonObject): Unreadable | undefined {
  for (const name in constant) {
    const [said, only] = [wanted[name], constant[name]];
    if (said !== undefined && said !== null && said !== only)
      return new Unreadable(`has ${name} ${String(said)}, and this pair writes ${String(only)} only`);
  }
  return undefined;
}

/** @returns by member how it is written, undefined where it is as before or has no value; nothing after faults */
function encodeChanged(
  frame: WriteFrame,
  { label, members }: Writing,
  wanted: JsonObject,
  before: JsonObject,
): (Lossless | undefined)[] | undefined {
  const all: (Lossless | undefined)[] = [];
  for (const { name, coder } of members) {
    const value = wanted[name] ?? undefined;
    const isChanged = value !== undefined && value !== before[name];
    const encoded = isChanged ? (coder.encode?.(value, frame.around) ?? null) : undefined;
    if (encoded instanceof Unreadable) writeFault(frame, `${label}.${name}`, encoded);
    else all.push(encoded);
  }
  return all.length === members.length ? all : undefined;
}

/** What the system will hold: the wanted object itself, when every member comes back as it is. */
function normalForm(
  frame: WriteFrame,
  { members, constant }: Writing,
  wanted: JsonObject,
  encoded: readonly (Lossless | undefined)[],
): JsonObject {
  let others: JsonObject | undefined;
  let count = 0;
  for (let at = 0; at < members.length; at++) {
    const { name, coder } = members[at] as Member;
    const value = wanted[name] ?? undefined;
    if (value === undefined) continue;
    count++;
    const written = encoded[at];
    if (written === undefined || coder.comesBack?.(value, written)) continue;
    const back = coder.decode?.(written, frame.around);
    if (back === undefined || back instanceof Unreadable || equalJson(back, value)) continue;
    others ??= {};
    others[name] = back;
  }
  for (const name in constant) if (wanted[name] === constant[name]) count++;
  return others === undefined && isAll(wanted, count, constant) ? wanted : composed(wanted, others, members, constant);
}

function isAll(wanted: JsonObject, count: number, constant: JsonObject): boolean {
  let left = count;
  for (const _ in wanted) left--;
  for (const name in constant) if (!Object.hasOwn(wanted, name)) return false;
  return left === 0;
}

function composed(
  wanted: JsonObject,
  others: JsonObject = noMembers,
  members: readonly Member[],
  constant: JsonObject,
): JsonObject {
  const normal: JsonObject = {};
  for (const { name } of members) {
    const value = others[name] ?? wanted[name] ?? undefined;
    if (value !== undefined) normal[name] = value;
  }
  return Object.assign(normal, constant);
}

function putNothing(frame: WriteFrame, writing: Writing, was: Json | undefined): void {
  const { ours, hold, members, policy } = writing;
  const refusal = whyNotEmpty(frame, was, policy);
  if (refusal) refuse(frame, writing, was, refusal);
  else hold(frame, ours(frame.data), undefined);
  if (refusal || !isObject(was)) return;
  const whole = { same: false, nothing: policy.nothing, label: '' };
  for (const member of members) clearMember(frame, member, was[member.name], whole);
}

function whyNotEmpty(frame: WriteFrame, was: Json | undefined, policy: Policy): Unreadable | undefined {
  if (policy.required && frame.op === 'create') return isMissing;
  return isObject(was) && (policy.required || policy.nulls === 'reject') ? mustNotBeEmpty : undefined;
}

/** How a member's object stands: when it differs, all members go out together, or half of it would be old. */
interface Whole {
  same: boolean;
  nothing: null | '';
  label: string;
}

function clearMember(
  frame: WriteFrame,
  { theirs, put, change }: Member,
  was: Json | undefined,
  { same, nothing }: Whole,
): void {
  if (same) return;
  const current = theirs(frame.draft.root);
  const isEmpty = current === undefined || current === null || current === nothing;
  if (isEmpty && (was ?? null) === null) return;
  if (!isEmpty) put(frame.draft, nothing);
  change(frame, nothing);
}

function putMember(
  frame: WriteFrame,
  { name, coder, put, change }: Member,
  value: Json,
  encoded: Lossless | undefined,
  { same, label }: Whole,
): void {
  const written = encoded ?? coder.encode?.(value, frame.around) ?? null;
  if (written instanceof Unreadable) {
    writeFault(frame, `${label}.${name}`, written);
    return;
  }
  put(frame.draft, written);
  if (!same) change(frame, written);
}

/** @returns the member as it stands in the payload, when it already says what is wanted */
function standing(
  frame: WriteFrame,
  { theirs, coder }: Member,
  normal: Json | undefined,
  nothing: null | '',
): Lossless | undefined {
  const current = theirs(frame.draft.root);
  if (current === undefined || current === null || current === nothing || current instanceof Unreadable)
    return undefined;
  const read = coder.decode?.(current, frame.around);
  return read !== undefined && !(read instanceof Unreadable) && equalJson(read, normal) ? current : undefined;
}
