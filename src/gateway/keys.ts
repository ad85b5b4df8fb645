// API keys: the ones from the configuration and the ones kept hashed in the store.
import { hash as hashOf, timingSafeEqual } from 'node:crypto';
import { nearest } from '../model/nearest.ts';
import type { ApiKeyRow } from '../store/rows.ts';
import { anyone, type Caller, isScope, type Scope, scopes } from './scopes.ts';

export interface ConfiguredKey {
  name: string;
  scopes: Scope[];
  secret: string;
}

/** How often the stored keys are read again: one that was revoked elsewhere is refused within a second. */
export const keyRefreshMs = 500;

export interface KeyRing {
  /** True while no key exists anywhere: everything is allowed, on loopback only. Never true again once a key was seen. */
  readonly open: boolean;
  /** @param authorization the header as it came */
  authenticate(authorization: string | undefined): Caller | undefined;
  /** Reads the stored keys again; how soon a revocation counts is how often this is called. */
  refresh(): Promise<void>;
}

/** Lists every fault at once. */
export class KeyFaults extends Error {
  readonly faults: string[];
  constructor(faults: string[]) {
    super(`SYNCLINE_KEYS cannot be read: ${faults.join('; ')}`);
    this.name = 'KeyFaults';
    this.faults = faults;
  }
}

/** @param text `shop:intake=s3cret;ops:operate+read=…` */
export function parseKeys(text: string): ConfiguredKey[] {
  const faults: string[] = [];
  const keys = text
    .split(';')
    .map((entry) => entry.trim())
    .flatMap((entry, index) => (entry === '' ? [] : [parseEntry(entry, `entry ${index + 1}`, faults)]));
  if (faults.length > 0) throw new KeyFaults(faults);
  return keys;
}

/** Whoever had a key of such a name could do things in another's name. */
export const reservedNames: ReadonlySet<string> = new Set(['cli', 'hub', 'console', 'policy', 'anonymous']);

/** Faults name the entry by number, never by its text: that holds the secret. */
function parseEntry(entry: string, at: string, faults: string[]): ConfiguredKey {
  const [, name = '', scopeList = '', secret = ''] = /^([^:=]*):([^=]*)=(.*)$/s.exec(entry) ?? [];
  if (!entry.includes('=') || !entry.split('=')[0]?.includes(':'))
    faults.push(`${at}: must read name:scope+scope=secret`);
  else if (!/^[A-Za-z0-9._-]+$/.test(name)) faults.push(`${at}: the name must be letters, digits, "." "_" or "-"`);
  else if (reservedNames.has(name)) faults.push(`${at}: "${name}" is what the audit calls somebody else`);
  else if (secret === '') faults.push(`${at} (${name}): the secret is empty`);
  const named = scopeList.split('+').map((scope) => scope.trim());
  for (const scope of name === '' ? [] : named)
    if (!isScope(scope)) faults.push(`${at} (${name}): ${unknownScope(scope)}`);
  return { name, scopes: named.filter(isScope), secret };
}

export function unknownScope(scope: string): string {
  const close = nearest(scope, scopes);
  return `unknown scope "${scope}"${close ? `; did you mean "${close}"?` : `; known: ${scopes.join(', ')}`}`;
}

/** A new key for the store. The text is shown once; only its hash is kept. */
export function mintKey(request: {
  name: string;
  scopes: Scope[];
  now: number;
  random: (bytes: number) => Uint8Array;
}): { row: ApiKeyRow; text: string } {
  const id = Buffer.from(request.random(8)).toString('hex');
  const text = `slk_${id}_${Buffer.from(request.random(32)).toString('base64url')}`;
  const hash = digest(text).toString('hex');
  return {
    row: { id, name: request.name, scopes: request.scopes, hash, createdAt: request.now, revokedAt: null },
    text,
  };
}

export function createKeyRing(options: {
  configured: readonly ConfiguredKey[];
  stored: () => Promise<ApiKeyRow[]>;
}): KeyRing {
  const configured = options.configured.map((key) => ({ ...callerOf(key.name, key.scopes), hash: digest(key.secret) }));
  let stored = new Map<string, Caller & { hash: Buffer }>();
  let open = configured.length === 0;
  return {
    get open() {
      return open;
    },
    authenticate: (authorization) => {
      if (open) return anyone;
      const claim = readClaim(authorization);
      return claim && find(claim, configured, stored);
    },
    refresh: async () => {
      const rows = await options.stored();
      // A revoked key is a key all the same: revoking the last one must not open the hub to everybody.
      if (rows.length > 0) open = false;
      stored = new Map(rows.filter((row) => row.revokedAt === null).map((row) => [row.id, fromRow(row)]));
    },
  };
}

const digest = (text: string): Buffer => hashOf('sha256', text, 'buffer');

const callerOf = (name: string, held: readonly string[]): Caller => ({ name, scopes: new Set(held.filter(isScope)) });

const fromRow = (row: ApiKeyRow) => ({ ...callerOf(row.name, row.scopes), hash: Buffer.from(row.hash, 'hex') });

interface Claim {
  /** Basic only. */
  name?: string;
  secret: string;
}

function readClaim(authorization: string | undefined): Claim | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return { secret: value };
  if (scheme.toLowerCase() !== 'basic' || !/^[A-Za-z0-9+/_-]+=*$/.test(value)) return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : { name: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}

type Known = Caller & { hash: Buffer };

/** Hashes are compared, in constant time, and every configured key is looked at: the time tells nothing of the secret. */
function find(claim: Claim, configured: readonly Known[], stored: ReadonlyMap<string, Known>): Caller | undefined {
  const hash = digest(claim.secret);
  const id = /^slk_([0-9a-f]+)_/.exec(claim.secret)?.[1];
  const candidate = id === undefined ? undefined : stored.get(id);
  let found: Caller | undefined = candidate && fits(candidate, claim, hash) ? candidate : undefined;
  for (const key of configured) if (fits(key, claim, hash)) found ??= key;
  return found;
}

function fits(key: Known, claim: Claim, hash: Buffer): boolean {
  const same = key.hash.length === hash.length && timingSafeEqual(key.hash, hash);
  return same && (claim.name === undefined || claim.name === key.name);
}
