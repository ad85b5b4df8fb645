-- The tables of src/store/sqlite/schema.ts, where the columns are explained.

CREATE TABLE meta (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
);

CREATE TABLE records (
  no INTEGER PRIMARY KEY NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  version INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  merged_into TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_change INTEGER NOT NULL,
  stamps TEXT NOT NULL,
  data TEXT NOT NULL
);
CREATE UNIQUE INDEX records_id ON records (id);
CREATE INDEX records_type ON records (type);

CREATE TABLE system_numbers (
  no INTEGER PRIMARY KEY NOT NULL,
  system TEXT NOT NULL
);
CREATE UNIQUE INDEX system_numbers_system ON system_numbers (system);

CREATE TABLE replicas (
  no INTEGER PRIMARY KEY NOT NULL,
  system TEXT NOT NULL,
  type TEXT NOT NULL,
  external_id TEXT,
  state TEXT NOT NULL,
  wanted_seq INTEGER NOT NULL,
  wanted_version INTEGER NOT NULL,
  synced_seq INTEGER NOT NULL,
  behind_since INTEGER,
  due_at INTEGER,
  claimed INTEGER NOT NULL,
  flight INTEGER,
  attempts INTEGER NOT NULL,
  last_attempt_at INTEGER,
  last_error TEXT,
  parked_on TEXT,
  mapping TEXT,
  deliveries INTEGER NOT NULL,
  last_delivered_at INTEGER,
  has_payload INTEGER NOT NULL,
  memory TEXT,
  image TEXT,
  sent TEXT
);
CREATE UNIQUE INDEX replicas_external ON replicas (system, type, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX replicas_due ON replicas (system, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX replicas_lag ON replicas (system, type, behind_since) WHERE state IN ('behind', 'parked', 'unclear') AND claimed = 0;
CREATE INDEX replicas_parked ON replicas (parked_on, system) WHERE parked_on IS NOT NULL;
CREATE INDEX replicas_feed ON replicas (system, wanted_seq, type) WHERE state = 'behind' AND due_at IS NULL AND claimed = 0;

CREATE TABLE replica_counts (
  system TEXT NOT NULL,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (system, type, state)
);

CREATE TABLE payloads (
  replica INTEGER PRIMARY KEY NOT NULL,
  payload TEXT NOT NULL
);

CREATE TABLE in_flight (
  no INTEGER PRIMARY KEY NOT NULL,
  head TEXT NOT NULL,
  texts TEXT NOT NULL
);

CREATE TABLE changes (
  seq INTEGER PRIMARY KEY NOT NULL,
  record INTEGER NOT NULL,
  previous INTEGER NOT NULL,
  type TEXT NOT NULL,
  version INTEGER NOT NULL,
  source TEXT NOT NULL,
  op TEXT NOT NULL,
  resend TEXT,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  traceparent TEXT,
  refused TEXT,
  ambiguous TEXT,
  units TEXT NOT NULL
);

CREATE TABLE match_keys (
  type TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  record INTEGER NOT NULL,
  PRIMARY KEY (type, field, value)
) WITHOUT ROWID;

CREATE TABLE intake_keys (
  no INTEGER PRIMARY KEY NOT NULL,
  system TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  at INTEGER NOT NULL,
  answer TEXT NOT NULL
);
CREATE UNIQUE INDEX intake_keys_key ON intake_keys (system, key);

CREATE TABLE attempts (
  no INTEGER PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  system TEXT NOT NULL,
  type TEXT NOT NULL,
  record_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  message TEXT NOT NULL,
  status INTEGER,
  duration_ms INTEGER
);
CREATE INDEX attempts_record ON attempts (record_id);

CREATE TABLE dead_letters (
  no INTEGER PRIMARY KEY NOT NULL,
  id TEXT NOT NULL,
  system TEXT NOT NULL,
  type TEXT NOT NULL,
  record_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  since INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL,
  payload TEXT,
  response TEXT,
  closed_as TEXT,
  closed_at INTEGER,
  closed_by TEXT,
  closed_reason TEXT
);
CREATE UNIQUE INDEX dead_letters_id ON dead_letters (id);
CREATE INDEX dead_letters_record ON dead_letters (record_id, system);
CREATE INDEX dead_letters_open ON dead_letters (id) WHERE closed_at IS NULL;
CREATE INDEX dead_letters_closed ON dead_letters (closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE waiting (
  id TEXT PRIMARY KEY NOT NULL,
  system TEXT NOT NULL,
  type TEXT NOT NULL,
  external_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  item TEXT NOT NULL,
  at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  creates_up_to INTEGER NOT NULL
);
CREATE INDEX waiting_due ON waiting (reason, system, due_at);
CREATE INDEX waiting_for ON waiting (system, type);

CREATE TABLE cursors (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
);

CREATE TABLE systems (
  system TEXT PRIMARY KEY NOT NULL,
  state TEXT NOT NULL,
  since INTEGER NOT NULL,
  reason TEXT
);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
);

CREATE TABLE audit (
  no INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  record_id TEXT,
  detail TEXT NOT NULL
);
CREATE INDEX audit_actor ON audit (actor);
CREATE INDEX audit_record ON audit (record_id) WHERE record_id IS NOT NULL;
