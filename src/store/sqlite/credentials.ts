// Sealed tokens and sessions, one row a system. This process owns the file: nobody else renews.
import type { CredentialRow, RenewalRight } from '../credentials.ts';
import type { Connection } from './connection.ts';

type Row = Omit<RenewalRight, 'age'> & { writtenAt: number };

const columns = 'version, sealed, written_at AS writtenAt, begun';

export class CredentialTable {
  readonly #now: () => number;
  readonly #read;
  readonly #begin;
  readonly #write;
  readonly #end;

  /** @param now ms since 1970 */
  constructor(db: Connection, now: () => number) {
    this.#now = now;
    this.#read = db.prepare<[string], Row>(`SELECT ${columns} FROM credentials WHERE system = ?`);
    this.#begin = db.prepare<[string, number], Row>(
      `INSERT INTO credentials (system, version, sealed, written_at, holder, held_until, begun)
       VALUES (?, 0, '', 0, 'owner', ?, 1)
       ON CONFLICT (system) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until, begun = begun + 1
       RETURNING ${columns}`,
    );
    this.#write = db.prepare<[string, number, string, number]>(
      `UPDATE credentials SET version = version + 1, sealed = ?, written_at = ?, holder = '', held_until = 0, begun = 0
       WHERE system = ? AND version = ?`,
    );
    this.#end = db.prepare<[string]>(
      `UPDATE credentials SET holder = '', held_until = 0, begun = max(0, begun - 1) WHERE system = ? AND holder <> ''`,
    );
  }

  read(system: string): CredentialRow | undefined {
    const row = this.#read.get(system);
    if (!row) return undefined;
    const { begun: _, ...kept } = this.#aged(row);
    return kept;
  }

  begin(system: string, ms: number): RenewalRight {
    return this.#aged(this.#begin.get(system, this.#now() + ms) as Row);
  }

  write(system: string, sealed: string, over: number): boolean {
    return this.#write.run(sealed, this.#now(), system, over).changes > 0;
  }

  end(system: string): void {
    this.#end.run(system);
  }

  #aged({ writtenAt, ...row }: Row): RenewalRight {
    return { ...row, age: this.#now() - writtenAt };
  }
}
