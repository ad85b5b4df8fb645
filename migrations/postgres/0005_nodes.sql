-- What the processes that share a database agree on: the condition of each system, and who does what only one may do. Columns: src/store/postgres/schema.ts.

CREATE TABLE system_conditions (
  system TEXT PRIMARY KEY NOT NULL,
  breaker TEXT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  prober TEXT NOT NULL,
  quiet_until BIGINT NOT NULL,
  last_success_at BIGINT,
  last_poll_at BIGINT,
  rate_until BIGINT NOT NULL,
  granted BIGINT NOT NULL
);

CREATE TABLE leases (
  name TEXT PRIMARY KEY NOT NULL,
  node TEXT NOT NULL,
  token BIGINT NOT NULL,
  until BIGINT NOT NULL
);
