// What is left of a folder after a power cut: what the book says is durable, and by chance some of what was not yet.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chance } from '../chance.ts';

/** What became of the bytes that were written and not synced. */
type Way =
  /** All gone. */
  | 'lost'
  /** The first writes are there, the last of those only up to a boundary of 512 bytes. */
  | 'torn'
  /** Each 512 bytes are there or not: a disk writes in any order. */
  | 'sectors'
  /** Each 4 KiB. */
  | 'pages'
  /** All of it is there: the disk was quick. */
  | 'kept';

const ways: readonly Way[] = ['lost', 'lost', 'torn', 'torn', 'sectors', 'sectors', 'pages', 'kept'];
const sector = 512;
const page = 4096;

export interface Cut {
  /** Files with bytes that were not durable. */
  unsynced: number;
  /** Bytes of them that are gone. */
  lostBytes: number;
  /** Names (new, renamed, removed) that were not durable and are as before. */
  lostNames: number;
}

interface Range {
  offset: number;
  length: number;
}

interface Rollback {
  book: string;
  chance: Chance;
  cut: Cut;
  /** Where the files and folders are now, by inode. */
  places: ReadonlyMap<string, string>;
}

interface Entry {
  kind: 'f' | 'd';
  inode: string;
  name: string;
}

/** Writes what is left of `folder` to `to`, which must not exist. */
export function rollBack(folder: string, to: string, { book, chance }: { book: string; chance: Chance }): Cut {
  const cut: Cut = { unsynced: 0, lostBytes: 0, lostNames: 0 };
  leave(String(statSync(folder).ino), to, { book, chance, cut, places: placesBelow(folder) });
  return cut;
}

function placesBelow(folder: string): Map<string, string> {
  const below = listed(folder).flatMap(({ kind, inode, name }): [string, string][] => {
    const path = join(folder, name);
    return [[inode, path], ...(kind === 'd' ? placesBelow(path) : [])];
  });
  return new Map([[String(statSync(folder).ino), folder], ...below]);
}

function leave(inode: string, to: string, rollback: Rollback): void {
  const { book, chance, cut, places } = rollback;
  mkdirSync(to);
  const from = places.get(inode);
  const now = from === undefined ? [] : listed(from);
  const durable = durableEntries(book, inode);
  const same = named(durable) === named(now);
  // Names are written late as well as bytes are; all of one folder together, as a journal does it.
  const kept = !same && chance.hits(0.25);
  if (!same && !kept) cut.lostNames += difference(durable, now);
  for (const { kind, inode: of, name } of kept ? now : durable) {
    if (kind === 'd') leave(of, join(to, name), rollback);
    // The index of SQLite's log is memory: no cut leaves one that can be used.
    else if (!name.endsWith('-shm')) writeFileSync(join(to, name), contentOf(of, rollback));
  }
}

function listed(folder: string): Entry[] {
  return readdirSync(folder, { withFileTypes: true }).map((entry) => ({
    kind: entry.isDirectory() ? 'd' : 'f',
    inode: String(statSync(join(folder, entry.name)).ino),
    name: entry.name,
  }));
}

function durableEntries(book: string, inode: string): Entry[] {
  const path = join(book, 'folders', inode);
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => {
    const [, kind, of, name] = /^([fd]) (\d+) (.*)$/.exec(line) ?? [];
    if (!kind || !of || !name) throw new Error(`the book has a line that says nothing: ${line}`);
    return { kind: kind as 'f' | 'd', inode: of, name };
  });
}

const named = (entries: readonly Entry[]): string =>
  entries
    .map(({ inode, name }) => `${inode} ${name}`)
    .sort()
    .join('\n');

function difference(durable: readonly Entry[], now: readonly Entry[]): number {
  const is = new Set(now.map(({ inode, name }) => `${inode} ${name}`));
  const was = new Set(durable.map(({ inode, name }) => `${inode} ${name}`));
  return [...is].filter((one) => !was.has(one)).length + [...was].filter((one) => !is.has(one)).length;
}

function contentOf(inode: string, { book, chance, cut, places }: Rollback): Buffer {
  const durable = bytesOf(join(book, 'files', inode));
  // Its name went, but not for good: the book kept the file itself.
  const now = bytesOf(places.get(inode) ?? join(book, 'live', inode));
  const pending = rangesOf(join(book, 'pending', inode));
  if (pending.length === 0) return durable;
  cut.unsynced += 1;
  const left = remains(durable, now, pending, chance);
  cut.lostBytes += lostOf(now, left);
  return left;
}

const bytesOf = (path: string): Buffer => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0));

function rangesOf(path: string): Range[] {
  const bytes = bytesOf(path);
  return Array.from({ length: Math.floor(bytes.length / 16) }, (_, at) => ({
    offset: Number(bytes.readBigUInt64LE(at * 16)),
    length: Number(bytes.readBigUInt64LE(at * 16 + 8)),
  }));
}

export function remains(durable: Buffer, now: Buffer, pending: readonly Range[], chance: Chance): Buffer {
  const way = chance.pick(ways);
  if (way === 'kept') return now;
  // The length of a file is written when it pleases, like the rest. What grew is as long as what is left of it.
  const shrunk = now.length < durable.length && chance.hits(0.5);
  const left = shrunk ? Buffer.from(durable.subarray(0, now.length)) : Buffer.from(durable);
  return survivors(way, pending, chance).reduce<Buffer>((bytes, range) => withRange(bytes, now, range), left);
}

function survivors(way: Way, pending: readonly Range[], chance: Chance): Range[] {
  if (way === 'lost') return [];
  if (way === 'torn') {
    const whole = chance.whole(0, pending.length - 1);
    const torn = pending[whole];
    const length = torn ? chance.whole(0, Math.floor(torn.length / sector)) * sector : 0;
    return [...pending.slice(0, whole), ...(torn ? [{ offset: torn.offset, length }] : [])];
  }
  const unit = way === 'sectors' ? sector : page;
  const units = new Set(
    pending.flatMap(({ offset, length }) => {
      const first = Math.floor(offset / unit);
      const last = Math.floor((offset + Math.max(length, 1) - 1) / unit);
      return Array.from({ length: last - first + 1 }, (_, at) => first + at);
    }),
  );
  return [...units].filter(() => chance.hits(0.5)).map((at) => ({ offset: at * unit, length: unit }));
}

function withRange(bytes: Buffer, now: Buffer, { offset, length }: Range): Buffer {
  const end = Math.min(offset + length, now.length);
  if (end <= offset) return bytes;
  const grown = end > bytes.length ? Buffer.concat([bytes, Buffer.alloc(end - bytes.length)]) : bytes;
  now.copy(grown, offset, offset, end);
  return grown;
}

function lostOf(now: Buffer, left: Buffer): number {
  let lost = Math.max(0, now.length - left.length);
  for (let at = 0; at < Math.min(now.length, left.length); at += sector) {
    const end = Math.min(at + sector, now.length, left.length);
    if (now.compare(left, at, end, at, end) !== 0) lost += end - at;
  }
  return lost;
}
