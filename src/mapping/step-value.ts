// A pair of one canonical value and one member of the payload.
import { equalJson, type Json, type Lossless } from '../model/json.ts';
import { type Coder, Unreadable } from './codec.ts';
import { type Getter, getter, type Said, withRemovals } from './external.ts';
import {
  change,
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

export function valueStep(pair: PlannedPair, clears: boolean): Step {
  const coder = pair.codec.made as Coder;
  const policy = policyOf(pair, clears);
  const late = coder.late === true;
  const lookup = coder.reference ? referenceSteps(pair, coder) : {};
  return {
    late,
    ...(goesIn(pair.dir) && { read: reader(pair, coder, policy) }),
    ...(goesOut(pair.dir) ? { write: writer(pair, coder, policy) } : { keep: keeper(pair) }),
    ...lookup,
  };
}

/** What only comes in is still held. */
export function keeper(pair: PlannedPair): (frame: WriteFrame) => void {
  const [of, to] = [ourGetter(pair.ours), ourSetter(pair.ours)];
  return ({ held, next }) => {
    const was = held && of(held);
    if (was !== undefined) to(next, was);
  };
}

function referenceSteps(pair: PlannedPair, coder: Coder): Pick<Step, 'references' | 'mentions'> {
  const target = pair.targets[0];
  const record = (pair.codec.params as { record?: string }).record as never;
  if (!target || record === undefined) return {};
  const [theirs, ours] = [getter(target.path), ourGetter(pair.ours)];
  return {
    ...(goesIn(pair.dir) && {
      references: (source, found) => {
        const said = theirs(source);
        const id =
          said === undefined || said === null || said instanceof Unreadable ? undefined : coder.reference?.(said);
        if (id !== undefined) found.push({ record, ours: pair.canonical, id });
      },
    }),
    ...(goesOut(pair.dir) && {
      mentions: (data, found) => {
        const id = ours(data);
        if (typeof id === 'string') found.push({ record, ours: pair.canonical, id });
      },
    }),
  };
}

function reader(pair: PlannedPair, coder: Coder, policy: Policy): (frame: ReadFrame) => void {
  const target = pair.targets[0] as { text: string; path: readonly string[] };
  const [of, to] = [getter(target.path), ourSetter(pair.ours)];
  const decode = coder.decode ?? (() => new Unreadable('cannot be read by its codec'));
  return (frame) => {
    const said = of(frame.source);
    if (said === undefined) {
      if (policy.absentClears) to(frame.out, null);
      return;
    }
    if (said === null || (policy.emptyIsNull && said === '')) {
      if (policy.nulls === 'clear') to(frame.out, null);
      else if (policy.nulls === 'reject') readFault(frame, target.text, pair.canonical, notNull);
      return;
    }
    const value = said instanceof Unreadable ? said : decode(said, frame.around);
    if (value instanceof Unreadable) readFault(frame, target.text, pair.canonical, value);
    else to(frame.out, value);
  };
}

function writer(pair: PlannedPair, coder: Coder, policy: Policy): (frame: WriteFrame) => void {
  if (pair.canonical === '') return constantWriter(pair, coder);
  const path = pair.targets[0]?.path as readonly string[];
  const label = pair.ours.join('.');
  const [theirs, ours, setNext] = [getter(path), ourGetter(pair.ours), ourSetter(pair.ours)];
  const encode = coder.encode ?? (() => new Unreadable('cannot be written by its codec'));
  return (frame) => {
    const was = frame.held && ours(frame.held);
    const wanted = policy.once && frame.op === 'update' ? was : ours(frame.data);
    if (wanted !== undefined && wanted !== null && was !== undefined && equalJson(wanted, was)) {
      setNext(frame.next, was);
      return restate(frame, { path, theirs, label, wanted, coder });
    }
    const encoded = wanted === undefined || wanted === null ? policy.nothing : encode(wanted, frame.around);
    const refusal =
      encoded instanceof Unreadable
        ? encoded
        : isNothing(encoded, policy)
          ? clear(frame, path, theirs, was, policy)
          : undefined;
    if (refusal) {
      if (was !== undefined) setNext(frame.next, was);
      return writeFault(frame, label, refusal);
    }
    if (isNothing(encoded as Lossless, policy)) return;
    const normal = normalForm(coder, encoded as Lossless, wanted as Json, frame);
    setNext(frame.next, normal);
    put(frame, path, theirs, { encoded: encoded as Lossless, normal, was, coder });
  };
}

const isNothing = (encoded: Lossless, policy: Policy): boolean => encoded === null || encoded === policy.nothing;

/** What the system already holds: it only has to stand in the payload, in whatever spelling. */
function restate(
  frame: WriteFrame,
  place: { path: readonly string[]; theirs: Getter; label: string; wanted: Json; coder: Coder },
): void {
  const { path, theirs, label, wanted, coder } = place;
  if (readsAs(theirs(frame.draft.root), wanted, coder, frame)) return;
  const encoded = coder.encode?.(wanted, frame.around) ?? null;
  if (encoded instanceof Unreadable) writeFault(frame, label, encoded);
  else if (encoded !== null) frame.draft.set(path, encoded);
}

/** What the system will answer when asked for what was written. */
function normalForm(coder: Coder, encoded: Lossless, wanted: Json, frame: WriteFrame): Json {
  if (coder.reference) return wanted;
  const normal = coder.decode?.(encoded, frame.around);
  return normal === undefined || normal instanceof Unreadable ? wanted : normal;
}

interface Wish {
  encoded: Lossless;
  normal: Json;
  was: Json | undefined;
  coder: Coder;
}

function put(frame: WriteFrame, path: readonly string[], theirs: Getter, { encoded, normal, was, coder }: Wish): void {
  const current = theirs(frame.draft.root);
  const stays = sameMember(current, encoded, coder) || readsAs(current, normal, coder, frame);
  if (!stays) frame.draft.set(path, encoded);
  if (was !== undefined && (equalJson(normal, was) || sameSpelling(coder, was, encoded, frame))) return;
  const member = stays ? (current as Lossless) : encoded;
  const before = was !== undefined && typeof member === 'object' ? coder.encode?.(was, frame.around) : undefined;
  change(frame, path, before instanceof Unreadable ? member : withRemovals(member, before));
}

/** Identifiers are one whether they stand as number or as text. */
function sameMember(current: Said, encoded: Lossless, coder: Coder): boolean {
  if (current === undefined || current === null || current instanceof Unreadable) return false;
  return (
    equalJson(current, encoded) ||
    (coder.reference !== undefined && coder.reference(current) === coder.reference(encoded))
  );
}

/** The member already says what is wanted: it stays byte for byte. */
function readsAs(current: Said, wanted: Json, coder: Coder, frame: WriteFrame): boolean {
  if (current === undefined || current === null || current instanceof Unreadable) return false;
  if (coder.decode && !coder.reference) {
    const read = coder.decode(current, frame.around);
    return !(read instanceof Unreadable) && equalJson(read, wanted);
  }
  const encoded = coder.encode?.(wanted, frame.around) ?? null;
  return !(encoded instanceof Unreadable) && sameMember(current, encoded, coder);
}

/** For codecs that cannot be read back: two values that are written alike need no second write. */
function sameSpelling(coder: Coder, was: Json, encoded: Lossless, frame: WriteFrame): boolean {
  if (coder.decode) return false;
  const before = coder.encode?.(was, frame.around);
  return before !== undefined && !(before instanceof Unreadable) && equalJson(before, encoded);
}

/** @returns why nothing may be cleared here */
function clear(
  frame: WriteFrame,
  path: readonly string[],
  theirs: Getter,
  was: Json | undefined,
  policy: Policy,
): Unreadable | undefined {
  if (policy.required && frame.op === 'create') return isMissing;
  if (was === undefined || was === null) return undefined;
  if (policy.required || policy.nulls === 'reject') return mustNotBeEmpty;
  const current = theirs(frame.draft.root);
  if (current !== null && current !== policy.nothing) frame.draft.set(path, policy.nothing);
  change(frame, path, policy.nothing);
  return undefined;
}

function constantWriter(pair: PlannedPair, coder: Coder): (frame: WriteFrame) => void {
  const path = pair.targets[0]?.path as readonly string[];
  const theirs = getter(path);
  return (frame) => {
    const value = coder.encode?.('', frame.around) as Lossless;
    const current = theirs(frame.draft.root);
    if (current instanceof Unreadable || !equalJson(current, value)) frame.draft.set(path, value);
    // A constant alone is no reason to send: a system that does not show it again would be written to for ever.
    if (!frame.held) frame.changes?.set(path, value);
  };
}
