-- Access tokens and sessions of systems, sealed. Columns: src/store/sqlite/schema.ts.

CREATE TABLE credentials (
  system TEXT PRIMARY KEY NOT NULL,
  version INTEGER NOT NULL,
  sealed TEXT NOT NULL,
  written_at INTEGER NOT NULL,
  holder TEXT NOT NULL,
  held_until INTEGER NOT NULL,
  begun INTEGER NOT NULL
);
