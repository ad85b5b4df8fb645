// A disk and a clock for a program under test: what was not synced is gone after a cut, and they fail on command.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Chance } from '../chance.ts';
import { compilePowerCut } from './compile.ts';
import { type Cut, rollBack } from './rollback.ts';

/** The operations at which the program can be told to die. */
const kinds = { logWrite: 1, logSync: 2, fileWrite: 4, fileSync: 8, folderSync: 16, name: 32 } as const;
export type Operation = keyof typeof kinds;
const whens = { before: 0, after: 1, 'half-way': 2 } as const;

/** struct control of power-cut.c. */
const places = { clockUs: 0, full: 8, slowUs: 12, failSync: 16, dieAt: 20, dieKinds: 24, dieWhen: 28 } as const;
const counted = { writes: 32, syncs: 36, refused: 40, failed: 44, slowed: 48, died: 52, followed: 56 } as const;
export type DiskCounts = Record<keyof typeof counted, number>;

export interface Death {
  at: readonly Operation[];
  /** The n-th of them from now. */
  nth: number;
  when: keyof typeof whens;
}

export class Disk {
  /** Everything below it is followed. */
  readonly folder: string;
  /** For the program that is to use it. */
  readonly env: Record<string, string>;
  readonly #root: string;
  readonly #book: string;
  readonly #control: number;

  /** @throws Error where the library cannot be compiled */
  constructor() {
    const library = compilePowerCut();
    this.#root = realpathSync(mkdtempSync(join(tmpdir(), 'syncline-disk-')));
    this.folder = join(this.#root, 'disk');
    this.#book = join(this.#root, 'book');
    mkdirSync(this.folder);
    mkdirSync(this.#book);
    const control = join(this.#book, 'control');
    writeFileSync(control, Buffer.alloc(4096));
    this.#control = openSync(control, 'r+');
    this.env = { LD_PRELOAD: library, POWER_CUT_FOLDER: this.folder, POWER_CUT_BOOK: this.#book };
    this.settle();
  }

  /** All that is on it now is durable. */
  settle(): void {
    for (const part of ['files', 'pending', 'folders', 'live', 'lost']) {
      rmSync(join(this.#book, part), { recursive: true, force: true });
      mkdirSync(join(this.#book, part));
    }
    this.#settleFolder(this.folder);
  }

  /** After the program has died: puts back what was durable. */
  cut(chance: Chance): Cut {
    const left = join(this.#root, 'left');
    const cut = rollBack(this.folder, left, { book: this.#book, chance });
    rmSync(this.folder, { recursive: true, force: true });
    renameSync(left, this.folder);
    this.settle();
    return cut;
  }

  /** No write finds space. */
  fill(): void {
    this.#set('full', 1);
  }

  free(): void {
    this.#set('full', 0);
  }

  /** 0: as fast as can be. */
  slow(ms: number): void {
    this.#set('slowUs', ms * 1000);
  }

  /** The n-th sync of a file from now fails, and what it should have kept is never written. */
  failSync(nth: number): void {
    this.#set('failSync', nth);
  }

  die({ at, nth, when }: Death): void {
    this.#set('dieWhen', whens[when]);
    this.#set(
      'dieKinds',
      at.reduce((mask, kind) => mask | kinds[kind], 0),
    );
    this.#set('dieAt', nth);
  }

  /** Takes back what has not come about. */
  live(): void {
    this.#set('dieAt', 0);
    this.#set('failSync', 0);
  }

  /** From the right time. */
  stepClock(ms: number): void {
    const us = Buffer.alloc(8);
    us.writeBigInt64LE(BigInt(ms) * 1000n);
    writeSync(this.#control, us, 0, 8, places.clockUs);
  }

  /** Since the disk is there. */
  get counts(): DiskCounts {
    const bytes = readFileSync(join(this.#book, 'control'));
    const count = (at: number): number => bytes.readUInt32LE(at);
    const entries = Object.entries(counted).map(([name, at]) => [name, count(at)]);
    return Object.fromEntries(entries) as DiskCounts;
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  #set(name: Exclude<keyof typeof places, 'clockUs'>, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    writeSync(this.#control, bytes, 0, 4, places[name]);
  }

  #settleFolder(folder: string): void {
    const lines = readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = join(folder, entry.name);
      const { ino } = statSync(path);
      if (entry.isDirectory()) this.#settleFolder(path);
      else copyFileSync(path, join(this.#book, 'files', String(ino)));
      return `${entry.isDirectory() ? 'd' : 'f'} ${ino} ${entry.name}\n`;
    });
    writeFileSync(join(this.#book, 'folders', String(statSync(folder).ino)), lines.join(''));
  }
}
