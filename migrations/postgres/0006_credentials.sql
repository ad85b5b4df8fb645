-- Access tokens and sessions of systems, sealed. Columns: src/store/postgres/schema.ts.

CREATE TABLE credentials (
  system TEXT PRIMARY KEY NOT NULL,
  version BIGINT NOT NULL,
  sealed TEXT NOT NULL,
  written_at BIGINT NOT NULL,
  holder TEXT NOT NULL,
  held_until BIGINT NOT NULL,
  begun BIGINT NOT NULL
);
