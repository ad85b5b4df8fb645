// The kinds of value that the configuration is made of: lengths of time, sizes, rates, shares, places.
import { isIP } from 'node:net';
import { z } from 'zod';
import { readBy } from './connector/fields.ts';
import { splitAddress } from './gateway/listen.ts';
import { parseDuration } from './model/duration.ts';
import { nearest } from './model/nearest.ts';

export const text = () => z.string().min(1, 'must not be empty');

/** What goes into a header: a space or a break of the line in it is a slip of the pen. */
export const token = () => text().regex(/^[!-~]+$/, 'must be printable ASCII without spaces');

/** A text that a function reads; anything else is told what would have been right. */
const written = <T>(what: string, read: (text: string) => T) =>
  z.string({ error: ({ input }) => (input === undefined ? 'is missing' : `must be ${what}`) }).pipe(readBy(read));

/** A number may come as text, out of the environment. */
const number = () =>
  z.union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d+(\.\d+)?$/, 'must be a number')
        .transform(Number),
    ],
    'must be a number',
  );

export const atLeast = (least: number) => number().refine((value) => value >= least, `must be at least ${least}`);

export const whole = (least: number, most: number) =>
  number().refine(
    (value) => Number.isInteger(value) && value >= least && value <= most,
    `must be a whole number from ${least} to ${most}`,
  );

/** Read as ms. */
export const duration = () => written('a length of time such as 10s or PT10M', parseDuration);
export const wait = () => duration().refine((ms) => ms > 0, 'must be longer than nothing');

/** `true`, or the same word out of the environment. */
export const flag = () =>
  z.union([z.boolean(), z.enum(['true', 'false']).transform((said) => said === 'true')], 'must be true or false');

export const oneOf = <const T extends string>(words: readonly [T, ...T[]]) =>
  written(`one of ${words.join(', ')}`, (said): T => {
    const found = words.find((word) => word === said);
    if (found !== undefined) return found;
    const close = nearest(said, words);
    throw new Error(
      `"${said}" is none of ${words.join(', ')}${close === undefined ? '' : `; did you mean "${close}"?`}`,
    );
  });

const sizeUnits = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const;

/** Bytes: `16KB`, `1MB` or a plain number. */
export const size = (least: number) =>
  z
    .union([z.number(), readBy(parseSize)], 'must be a size such as 1MB, 16KB or a number of bytes')
    .refine((bytes) => Number.isInteger(bytes) && bytes >= least, `must be at least ${least} bytes`);

function parseSize(said: string): number {
  const [, count, unit = 'B'] = /^(\d+(?:\.\d+)?) ?(B|KB|MB|GB)?$/.exec(said) ?? [];
  if (count === undefined) throw new Error(`"${said}" is no size; write 1MB, 16KB or a number of bytes`);
  return Math.round(Number(count) * sizeUnits[unit as keyof typeof sizeUnits]);
}

const rateUnits = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `50/s`, `3000/m`, `1/10s` */
export const rate = () =>
  written('a rate such as 50/s', (said): { count: number; perMs: number } => {
    const [, count, every, unit] = /^(\d+) ?\/ ?(\d*)(ms|s|m|h|d)$/.exec(said) ?? [];
    const perMs = Number(every === '' ? 1 : every) * rateUnits[(unit ?? 's') as keyof typeof rateUnits];
    if (Number(count) > 0 && perMs > 0) return { count: Number(count), perMs };
    throw new Error(`"${said}" is no rate; write 50/s, 3000/m or 1/10s`);
  });

/** `50%` or `0.5` */
export const share = () =>
  z
    .union([number(), readBy(parsePercent)], 'must be a share such as 50% or 0.5')
    .refine((value) => value > 0 && value <= 1, 'must be more than 0% and at most 100%');

function parsePercent(said: string): number {
  const [, percent] = /^(\d+(?:\.\d+)?) ?%$/.exec(said) ?? [];
  if (percent === undefined) throw new Error(`"${said}" is no share; write 50% or 0.5`);
  return Number(percent) / 100;
}

/** `host:port`, kept as it is. */
export const listenAddress = () => written('host:port, as in 127.0.0.1:8080', (said) => splitAddress(said) && said);

/** Without a slash at its end. */
export const publicUrl = () =>
  written('an address such as https://hub.example.com', (said) => {
    if (!URL.canParse(said) || !/^https?:$/.test(new URL(said).protocol))
      throw new Error(`"${said}" is no address; write https://hub.example.com`);
    if (/[?#]/.test(said)) throw new Error('must not have a query or fragment');
    return said.replace(/\/+$/, '');
  });

/** A host, an address or a CIDR range. */
export const egressEntry = () =>
  written('a host or range of addresses', (said) => {
    const [host = '', bits, ...rest] = said.split('/');
    const range = bits !== undefined;
    const most = isIP(host) === 6 ? 128 : 32;
    if (range && (rest.length > 0 || isIP(host) === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > most))
      throw new Error(`"${said}" is no range of addresses; write 10.1.0.0/16`);
    if (!range && isIP(host) === 0 && !/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host))
      throw new Error(`"${said}" is no host; write erp.example.com, 10.1.2.3 or 10.1.0.0/16`);
    return said;
  });

export type WrittenDatabase = { engine: 'sqlite'; path: string } | { engine: 'postgres'; url: string; name: string };

/** Paths as they were written; the name of a server's database is without its password. */
export const database = () =>
  written('sqlite:<path> or postgres://<user>:<password>@<host>/<database>', (said): WrittenDatabase => {
    if (/^postgres(ql)?:/.test(said)) return postgres(said);
    const [, variable] = /^env:(\w+)$/.exec(said) ?? [];
    if (variable !== undefined) throw new Error(`"${said}" is for the command line; write \${${variable}} here`);
    const [, path] = /^sqlite:(.+)$/s.exec(said) ?? [];
    if (path === undefined || /^\/\/[^/]/.test(path))
      throw new Error(`"${withoutPassword(said)}" is no database; write sqlite:<path> or postgres://…`);
    if (path === ':memory:') throw new Error('a database in memory forgets everything; write sqlite:<path>');
    return { engine: 'sqlite', path };
  });

function postgres(said: string): WrittenDatabase {
  const form = 'write postgres://<user>:<password>@<host>:5432/<database>';
  if (!URL.canParse(said)) throw new Error(`this is no address of a PostgreSQL database; ${form}`);
  const { hostname, port, pathname } = new URL(said);
  if (pathname.length < 2) throw new Error(`"${withoutPassword(said)}" names no database; ${form}`);
  return { engine: 'postgres', url: said, name: `postgres://${hostname}${port && `:${port}`}${pathname}` };
}

const withoutPassword = (said: string): string => said.replace(/\/\/[^@/]*@/, '//');
