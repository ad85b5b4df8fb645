// A pair whose canonical value is an object of members, each at its own place in the payload: an address, a window.
import { equalJson, type Json, type JsonObject, type Lossless } from '../model/json.ts';
import { type Coder, type StructureCoder, Unreadable } from './codec.ts';
import { type Getter, getter } from './external.ts';
import {
  change,
  type OurGetter,
  ourGetter,
  ourSetter,
  type ReadFrame,
  readFault,
  type Step,
  type WriteFrame,
  writeFault,
} from './frames.ts';
import { goesIn, goesOut, type PlannedPair } from './plan.ts';
import { isMissing, mustNotBeEmpty, notNull, type Policy, policyOf } from './policy.ts';
import { keeper } from './step-value.ts';

interface Member {
  name: string;
  text: string;
  path: readonly string[];
  theirs: Getter;
  coder: Coder;
}

export function structureStep(pair: PlannedPair, clears: boolean): Step {
  const made = pair.codec.made as StructureCoder;
  const members = pair.targets.map(
    ({ member, text, path }): Member => ({
      name: member,
      text,
      path,
      theirs: getter(path),
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
    else to(frame.out, { ...found, ...constant });
  };
}

/** One member, ready to be written; `encoded` only where it differs from what is held. */
interface Wish {
  value: Json | undefined;
  normal: Json | undefined;
  encoded: Lossless | undefined;
  was: Json | undefined;
}

/** @returns undefined after faults */
function wishes(
  frame: WriteFrame,
  label: string,
  members: readonly Member[],
  wanted: JsonObject,
  held: JsonObject,
): Wish[] | undefined {
  let broken = false;
  const all = members.map(({ name, coder }): Wish => {
    const value = wanted[name] ?? undefined;
    const was = held[name] ?? undefined;
    if (value === undefined || value === was) return { value, normal: value, encoded: undefined, was };
    const encoded = coder.encode?.(value, frame.around) ?? null;
    if (encoded instanceof Unreadable) {
      writeFault(frame, `${label}.${name}`, encoded);
      broken = true;
      return { value, normal: value, encoded: undefined, was };
    }
    const back = coder.decode?.(encoded, frame.around);
    return { value, encoded, was, normal: back === undefined || back instanceof Unreadable ? value : back };
  });
  return broken ? undefined : all;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function writer(
  pair: PlannedPair,
  members: readonly Member[],
  constant: JsonObject,
  policy: Policy,
): (frame: WriteFrame) => void {
  const label = pair.ours.join('.');
  const [ours, setNext]: [OurGetter, ReturnType<typeof ourSetter>] = [ourGetter(pair.ours), ourSetter(pair.ours)];
  return (frame) => {
    const was = frame.held && ours(frame.held);
    const wish = policy.once && frame.op === 'update' ? was : ours(frame.data);
    const refuse = (why?: Unreadable): void => {
      if (why) writeFault(frame, label, why);
      if (was !== undefined) setNext(frame.next, was);
    };
    if (!isObject(wish)) {
      const refusal = nothing(frame, members, was, policy);
      return refusal && refuse(refusal);
    }
    for (const [name, only] of Object.entries(constant)) {
      const said = wish[name];
      if (said !== undefined && said !== null && said !== only)
        return refuse(new Unreadable(`has ${name} ${String(said)}, and this pair writes ${String(only)} only`));
    }
    const before = isObject(was) ? was : {};
    const all = wishes(frame, label, members, wish, before);
    if (!all) return refuse();
    const normal: JsonObject = {};
    members.forEach(({ name }, at) => {
      const value = all[at]?.normal;
      if (value !== undefined) normal[name] = value;
    });
    Object.assign(normal, constant);
    setNext(frame.next, normal);
    const same = was !== undefined && (policy.once || equalJson(normal, was));
    members.forEach((member, at) => {
      putMember(frame, member, all[at] as Wish, { same, nothing: policy.nothing, label });
    });
  };
}

function nothing(
  frame: WriteFrame,
  members: readonly Member[],
  was: Json | undefined,
  policy: Policy,
): Unreadable | undefined {
  if (policy.required && frame.op === 'create') return isMissing;
  if (!isObject(was)) return undefined;
  if (policy.required || policy.nulls === 'reject') return mustNotBeEmpty;
  for (const member of members) {
    putMember(
      frame,
      member,
      { value: undefined, normal: undefined, encoded: undefined, was: was[member.name] },
      { same: false, nothing: policy.nothing, label: '' },
    );
  }
  return undefined;
}

/** When the value differs, all its members go out together: what is changed piece by piece is half old, half new. */
function putMember(
  frame: WriteFrame,
  { name, theirs, coder, path }: Member,
  wish: Wish,
  whole: { same: boolean; nothing: null | ''; label: string },
): void {
  const current = theirs(frame.draft.root);
  const isEmpty = current === undefined || current === null || current === whole.nothing;
  if (wish.value === undefined) {
    if (whole.same || (isEmpty && (wish.was ?? null) === null)) return;
    if (!isEmpty) frame.draft.set(path, whole.nothing);
    change(frame, path, whole.nothing);
    return;
  }
  const read = isEmpty || current instanceof Unreadable ? undefined : coder.decode?.(current, frame.around);
  const stays = read !== undefined && !(read instanceof Unreadable) && equalJson(read, wish.normal);
  if (stays && whole.same) return;
  const member = stays ? (current as Lossless) : (wish.encoded ?? coder.encode?.(wish.value, frame.around) ?? null);
  if (member instanceof Unreadable) {
    writeFault(frame, `${whole.label}.${name}`, member);
    return;
  }
  if (!stays) frame.draft.set(path, member);
  if (!whole.same) change(frame, path, member);
}
