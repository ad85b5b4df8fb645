// Seals a credential for the store, with a key that only the secrets of the system's settings make.
import { createCipheriv, createDecipheriv, hkdfSync, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { Credential, CredentialKeeping, Kept, KeptCredential, SealedCredential } from './credential-store.ts';

/** What the key is made of: whoever changes one of them can no longer open what is kept. */
export interface KeySource {
  secrets: readonly string[];
  /** No secrets, but who asks whom for what. */
  about: readonly string[];
}

const format = 'v1.';
const ivBytes = 12;
const tagBytes = 16;
const keyBytes = 32;
const stretch = promisify<string, string, number, Buffer>(scrypt);

/** A password of people is stretched first: a backup must not be a way to try passwords quickly. */
async function keyOf(system: string, { secrets, about }: KeySource): Promise<Buffer> {
  const salt = JSON.stringify([system, ...about]);
  const stretched = await stretch(JSON.stringify(secrets), salt, keyBytes);
  return Buffer.from(hkdfSync('sha256', stretched, salt, 'syncline credential 1', keyBytes));
}

/** The row of one system in a store that others can read. */
export function keptSealed(
  { store, random, after, tell }: CredentialKeeping,
  system: string,
  source: KeySource,
): KeptCredential {
  let key: Promise<Buffer> | undefined;
  const ownKey = (): Promise<Buffer> => {
    key ??= keyOf(system, source);
    return key;
  };
  let toldOf = 0;
  const opened = async <R extends SealedCredential>({ sealed, ...row }: R): Promise<Omit<R, 'sealed'> & Kept> => {
    if (sealed === '') return { ...row, credential: undefined, foreign: false };
    const credential = open(sealed, await ownKey(), system);
    if (!credential && toldOf !== row.version) {
      toldOf = row.version;
      tell(
        'info',
        system,
        `what is stored for ${system} cannot be opened with the secrets of its settings, which have changed since; it is asked for anew`,
      );
    }
    return { ...row, credential, foreign: credential === undefined };
  };
  return {
    read: async () => {
      const row = await store.read(system);
      return row && opened(row);
    },
    begin: async (ms) => {
      const row = await store.begin(system, ms);
      return row && opened(row);
    },
    write: async (credential, over) => store.write(system, seal(credential, await ownKey(), system, random), over),
    end: () => store.end(system),
    after,
    tell: (level, words) => tell(level, system, words),
  };
}

function seal(credential: Credential, key: Buffer, system: string, random: CredentialKeeping['random']): string {
  const iv = Buffer.from(random(ivBytes));
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(format + system));
  const text = Buffer.concat([cipher.update(JSON.stringify(credential), 'utf8'), cipher.final()]);
  return format + Buffer.concat([iv, text, cipher.getAuthTag()]).toString('base64url');
}

/** @returns undefined for whatever this key has not sealed for this system */
function open(sealed: string, key: Buffer, system: string): Credential | undefined {
  if (!sealed.startsWith(format)) return undefined;
  const bytes = Buffer.from(sealed.slice(format.length), 'base64url');
  if (bytes.length < ivBytes + tagBytes) return undefined;
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
      .setAAD(Buffer.from(format + system))
      .setAuthTag(bytes.subarray(-tagBytes));
    const text = Buffer.concat([cipher.update(bytes.subarray(ivBytes, -tagBytes)), cipher.final()]);
    return JSON.parse(text.toString()) as Credential;
  } catch {
    return undefined;
  }
}
