// One connection to a database, whatever its driver; shapes and limits only.

export interface SqlAnswer {
  rows: Record<string, unknown>[];
  /** Rows that a statement found, changed or not. */
  count: number;
  /** The key that an insert was given by the database, where it says so by itself. */
  insertId: string | undefined;
}

export interface SqlSession {
  /** @param values bound to `?` (SQLite, MySQL) or `$1` (PostgreSQL) */
  run(statement: string, values?: readonly unknown[]): Promise<SqlAnswer>;
  end(): Promise<void>;
  /** At once, whatever it waits for. */
  cut(): void;
}

/** ms; over connecting, and over one statement. */
export const sqlLimits = { connect: 5_000, statement: 10_000 };
