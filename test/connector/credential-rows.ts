// A credential store in memory that several nodes share, each with a view of its own; it fails on demand.
import type {
  CredentialKeeping,
  CredentialStore,
  Kept,
  KeptCredential,
  SealedCredential,
} from '../../src/connector/credential-store.ts';

interface Row {
  version: number;
  sealed: string;
  writtenAt: number;
  holder: string;
  heldUntil: number;
  begun: number;
}

export class CredentialRows {
  /** ms: the store's clock. */
  now = 0;
  readonly rows = new Map<string, Row>();
  /** Told before each verb; what it throws the verb rejects with, what it returns is waited for. */
  before: (verb: keyof CredentialStore, node: string) => unknown = () => undefined;

  node(name: string): CredentialStore {
    const row = (system: string): Row =>
      this.rows.get(system) ?? { version: 0, sealed: '', writtenAt: 0, holder: '', heldUntil: 0, begun: 0 };
    const shown = ({ version, sealed, writtenAt }: Row): SealedCredential => ({
      ...{ version, sealed, age: this.now - writtenAt },
    });
    return {
      read: async (system) => {
        await this.before('read', name);
        const found = this.rows.get(system);
        return found && shown(found);
      },
      begin: async (system, ms) => {
        await this.before('begin', name);
        const found = row(system);
        if (found.holder !== '' && found.holder !== name && found.heldUntil > this.now) return undefined;
        const held = { ...found, holder: name, heldUntil: this.now + ms, begun: found.begun + 1 };
        this.rows.set(system, held);
        return { ...shown(held), begun: held.begun };
      },
      write: async (system, sealed, over) => {
        await this.before('write', name);
        const found = this.rows.get(system);
        if (found?.version !== over) return false;
        this.rows.set(system, {
          ...{ version: over + 1, sealed, writtenAt: this.now, holder: '', heldUntil: 0, begun: 0 },
        });
        return true;
      },
      end: async (system) => {
        await this.before('end', name);
        const found = row(system);
        if (found.holder !== name) return;
        this.rows.set(system, { ...found, holder: '', heldUntil: 0, begun: found.begun - 1 });
      },
    };
  }
}

/** The row of one system without the cost of a key: what the secrets would have sealed only says so. */
export function keptPlain(
  { store, after, tell }: Omit<CredentialKeeping, 'random'>,
  system: string,
  secrets: readonly string[],
): KeptCredential {
  const mark = secrets.join();
  const opened = <R extends SealedCredential>({ sealed, ...row }: R): Omit<R, 'sealed'> & Kept => {
    const { by, credential } = sealed === '' ? { by: mark, credential: undefined } : JSON.parse(sealed);
    return by === mark ? { ...row, credential, foreign: false } : { ...row, credential: undefined, foreign: true };
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
    write: (credential, over) => store.write(system, JSON.stringify({ by: mark, credential }), over),
    end: () => store.end(system),
    after,
    tell: (level, words) => tell(level, system, words),
  };
}
