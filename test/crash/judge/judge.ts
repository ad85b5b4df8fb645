// The judge: every promise of the hub, held against the history of a run. Pure.
import type { History } from '../history.ts';
import { expectedOrders } from './expected.ts';
import type { Checked, Fault, Find } from './fault.ts';
import { feedOrder, feedReaches } from './feed.ts';
import { answers, copies, records, refused, repeats } from './kept.ts';
import { counts, deadLetters, lag, oddities } from './quiet.ts';
import { creates, keys, order, waits, whole } from './sends.ts';
import { streamOrder, streamTells, streamVersions } from './stream.ts';

const promises: Record<string, (history: History, find: Find, checked: Checked) => void> = {
  'every change is answered': answers,
  'a record is what was acknowledged': records,
  'a copy is what was acknowledged': copies,
  'what is refused arrives nowhere': refused,
  'a repeat gets the first answer': repeats,
  'a key stands for the same bytes': keys,
  'nothing older follows newer': order,
  'one create until it is answered': creates,
  'an edit arrives whole': whole,
  'who is told to wait waits': waits,
  'the feed goes forward': feedOrder,
  'the feed skips nothing': feedReaches,
  'the stream keeps its order': streamOrder,
  'the stream tells each version': streamVersions,
  'the stream tells what was acknowledged': streamTells,
  'nothing waits in the end': lag,
  'the counts agree': counts,
  'only refusals are dead letters': deadLetters,
  'the hub never fails': oddities,
};

export const promised: readonly string[] = Object.keys(promises);

export interface Judgement {
  faults: Fault[];
  /** By promise: in how many places it was looked for. */
  checked: Record<string, number>;
}

export const nothingToCheck = 'there was nothing to check it by';

/** A promise that nothing in the history could have broken was not checked, and that is a fault too. */
export function weigh(history: History): Judgement {
  const faults: Fault[] = [];
  const checked: Record<string, number> = {};
  for (const [promise, check] of Object.entries(promises)) {
    let count = 0;
    check(
      history,
      (message, about, tick) =>
        faults.push({ promise, message, ...(about !== undefined && { about }), ...(tick !== undefined && { tick }) }),
      (more) => {
        count += more;
      },
    );
    checked[promise] = count;
    if (count === 0) faults.push({ promise, message: nothingToCheck });
  }
  return { faults, checked };
}

/** Told by what is asked for once all is quiet, or by waits, which are asked for before that. */
const shownInTheEnd: ReadonlySet<string> = new Set([
  'who is told to wait waits',
  'the stream tells each version',
  'nothing waits in the end',
  'the counts agree',
  'only refusals are dead letters',
]);

/** Promises that a run which ended now would have nothing to check by. */
export function yetUnchecked(history: History): string[] {
  const { checked } = weigh(history);
  return promised.filter((promise) => checked[promise] === 0 && !shownInTheEnd.has(promise));
}

export const judge = (history: History): Fault[] => weigh(history).faults;

const shownFaults = 10;
const shownLines = 40;
const shownAfter = 8;

/** For a person: the first faults, and what happened to the order of the first. */
export function report(history: History, faults: readonly Fault[]): string {
  const lines = faults.slice(0, shownFaults).map(({ promise, message }) => `- ${promise}: ${message}`);
  const more = faults.length > shownFaults ? [`… and ${faults.length - shownFaults} more`] : [];
  const { about, tick } = faults.find((fault) => fault.about !== undefined) ?? {};
  const story = about === undefined ? [] : ['', `what happened to ${about}:`, ...excerpt(history, about, tick)];
  return [...lines, ...more, ...story].join('\n');
}

/**
 * @param about an order's number or a record's id
 * @param tick what came before and after it is told; without it the end
 */
export function excerpt(history: History, about: string, tick = Number.POSITIVE_INFINITY): string[] {
  const known = [...expectedOrders(history).values()].find(({ id, number }) => id === about || number === about);
  const names = known ? [known.id, known.number] : [about];
  const concerns = (text: string): boolean => names.some((name) => new RegExp(`${name}(?!\\d)`).test(text));
  const lines = [...askedLines(history), ...arrivalLines(history), ...feedLines(history)];
  const ends = history.kills.map(({ tick: at, what }): Line => [at, `THE HUB ENDS ${what}`]);
  const disturbed = history.disturbed.map(({ tick: at, from, to, what }): Line => [at, `${what} for ${to - from} ms`]);
  const ordered = [...lines.filter(([, text]) => concerns(text)), ...ends, ...disturbed].toSorted(([a], [b]) => a - b);
  const after = ordered.findIndex(([at]) => at > tick);
  const end = after < 0 ? ordered.length : Math.min(ordered.length, after + shownAfter);
  const start = Math.max(0, end - shownLines);
  const shown = ordered.slice(start, end).map(([at, text]) => `${at} ${text}`);
  return start > 0 ? [`… ${start} earlier lines`, ...shown] : shown;
}

type Line = [number, string];

const askedLines = ({ asked }: History): Line[] =>
  asked.flatMap(({ by, key, number, what, version, note, body, sentTick, reply, again }) => [
    [sentTick, `${by} asks ${key}: ${what} v${version} of ${number} ${body ?? note ?? ''}`] as Line,
    ...[...(reply ? [reply] : []), ...again].map(
      ({ tick, httpStatus, result }): Line => [
        tick,
        `${by} is answered ${key} (${number}): ${httpStatus} ${JSON.stringify(result)}`,
      ],
    ),
  ]);

const arrivalLines = ({ arrivals }: History): Line[] =>
  arrivals.map(({ tick, system, method, path, key = '', text, applied, answered, objectId = '' }) => [
    tick,
    `${system} gets ${method} ${path} ${key} ${text} → ${applied ? 'done' : 'not done'}, answered ${answered} ${objectId}`,
  ]);

const feedLines = ({ feed }: History): Line[] =>
  feed.flatMap((event): Line[] => {
    if (event.kind !== 'page') return [[event.tick, `the poller has ${event.kind} ${event.id} at ${event.seq}`]];
    return event.items.map(({ id, op, seq, text }) => [event.tick, `the feed serves ${id} ${op} ${seq} ${text}`]);
  });
