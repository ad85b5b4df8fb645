// A pair of one canonical value and one member of the payload.
import { equalJson, type Json, type Lossless } from '../model/json.ts';
import { type Coder, Unreadable } from './codec.ts';
import { type Getter, getter, type Said, type Setter, setter, withRemovals } from './external.ts';
import {
  type Change,
  changer,
  name,
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
  const [of, hold] = [ourGetter(pair.ours), holder(pair.ours)];
  return (frame) => {
    const was = frame.held && of(frame.held);
    if (was !== undefined) hold(frame, undefined, was);
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

/** Where and how a value is written. */
interface Place {
  theirs: Getter;
  put: Setter;
  change: Change;
  hold: Holder;
  label: string;
  coder: Coder;
  policy: Policy;
}

function placeOf(pair: PlannedPair, coder: Coder, policy: Policy): Place {
  const path = pair.targets[0]?.path as readonly string[];
  return {
    theirs: getter(path),
    put: setter(path),
    change: changer(path),
    hold: holder(pair.ours),
    label: pair.ours.join('.'),
    coder,
    policy,
  };
}

function writer(pair: PlannedPair, coder: Coder, policy: Policy): (frame: WriteFrame) => void {
  if (pair.canonical === '') return constantWriter(pair, coder);
  const place = placeOf(pair, coder, policy);
  const ours = ourGetter(pair.ours);
  return (frame) => {
    const { held } = frame;
    const said = ours(frame.data);
    const was = held === undefined ? undefined : ours(held);
    const wanted = policy.once && frame.op === 'update' ? was : said;
    if (wanted === undefined || wanted === null) return putNothing(frame, place, said, was);
    if (was !== undefined && (wanted === was || equalJson(wanted, was))) {
      place.hold(frame, said, wanted);
      restate(frame, place, wanted);
    } else {
      putValue(frame, place, wanted, was);
    }
  };
}

/** What the system already holds: it only has to stand in the payload, in whatever spelling. */
function restate(frame: WriteFrame, place: Place, wanted: Json): void {
  const { draft } = frame;
  if (draft.base !== undefined && readsAs(place.theirs(draft.root), wanted, place.coder, frame)) return;
  const encoded = encodedBy(place.coder, wanted, frame);
  if (encoded instanceof Unreadable) writeFault(frame, place.label, encoded);
  else if (encoded !== null) place.put(draft, encoded);
}

const cannotWrite = new Unreadable('cannot be written by its codec');
const encodedBy = (coder: Coder, value: Json, frame: WriteFrame): Lossless | Unreadable =>
  coder.encode === undefined ? cannotWrite : coder.encode(value, frame.around);

function putValue(frame: WriteFrame, place: Place, wanted: Json, was: Json | undefined): void {
  const { coder, policy } = place;
  const encoded = encodedBy(coder, wanted, frame);
  if (encoded instanceof Unreadable) refuse(frame, place, wanted, was, encoded);
  else if (encoded === null || encoded === policy.nothing) putNothing(frame, place, wanted, was);
  else putEncoded(frame, place, { wanted, encoded, was });
}

interface Wish {
  wanted: Json;
  encoded: Lossless;
  was: Json | undefined;
}

function putEncoded(frame: WriteFrame, place: Place, { wanted, encoded, was }: Wish): void {
  const { coder } = place;
  const normal = normalForm(coder, encoded, wanted, was, frame);
  place.hold(frame, wanted, normal);
  const member = frame.draft.base === undefined ? put(frame, place, encoded) : lay(frame, place, encoded, normal);
  if (was !== undefined && (equalJson(normal, was) || sameSpelling(coder, was, encoded, frame))) return;
  const before = was !== undefined && typeof member === 'object' ? coder.encode?.(was, frame.around) : undefined;
  place.change(frame, before instanceof Unreadable ? member : withRemovals(member, before));
}

/** What stays as it is: nothing is written, and the system goes on holding what it held. */
function refuse(frame: WriteFrame, place: Place, said: Json | undefined, was: Json | undefined, why: Unreadable): void {
  place.hold(frame, said, was);
  writeFault(frame, place.label, why);
}

function putNothing(frame: WriteFrame, place: Place, said: Json | undefined, was: Json | undefined): void {
  const refusal = clear(frame, place, was);
  if (refusal) refuse(frame, place, said, was, refusal);
  else place.hold(frame, said, undefined);
}

/** What the system will answer when asked for what was written: the wanted value itself, when it is that. */
function normalForm(coder: Coder, encoded: Lossless, wanted: Json, was: Json | undefined, frame: WriteFrame): Json {
  if (coder.reference || coder.decode === undefined || coder.comesBack?.(wanted, encoded)) return wanted;
  const normal = coder.decode(encoded, frame.around);
  if (normal === undefined || normal instanceof Unreadable || equalJson(normal, wanted)) return wanted;
  return was !== undefined && equalJson(normal, was) ? was : normal;
}

function put(frame: WriteFrame, place: Place, encoded: Lossless): Lossless {
  place.put(frame.draft, encoded);
  return encoded;
}

/** @returns what stands there afterwards: a member that already says it stays byte for byte */
function lay(frame: WriteFrame, place: Place, encoded: Lossless, normal: Json): Lossless {
  const current = place.theirs(frame.draft.root);
  const stays = sameMember(current, encoded, place.coder) || readsAs(current, normal, place.coder, frame);
  return stays ? (current as Lossless) : put(frame, place, encoded);
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
function clear(frame: WriteFrame, place: Place, was: Json | undefined): Unreadable | undefined {
  const { policy } = place;
  if (policy.required && frame.op === 'create') return isMissing;
  if (was === undefined || was === null) return undefined;
  if (policy.required || policy.nulls === 'reject') return mustNotBeEmpty;
  const current = place.theirs(frame.draft.root);
  if (current !== null && current !== policy.nothing) place.put(frame.draft, policy.nothing);
  place.change(frame, policy.nothing);
  return undefined;
}

function constantWriter(pair: PlannedPair, coder: Coder): (frame: WriteFrame) => void {
  const path = pair.targets[0]?.path as readonly string[];
  const [theirs, put] = [getter(path), setter(path)];
  return (frame) => {
    const value = coder.encode?.('', frame.around) as Lossless;
    const current = theirs(frame.draft.root);
    if (current instanceof Unreadable || !equalJson(current, value)) put(frame.draft, value);
    // A constant alone is no reason to send: a system that does not show it again would be written to for ever.
    if (!frame.held && frame.namesChanges) name(frame, path, value);
  };
}
