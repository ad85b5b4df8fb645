-- Decisions of policies, the versions of the policies that made them, and what waits for a time. Columns: src/store/sqlite/schema.ts.

CREATE TABLE policies (
  policy TEXT NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL,
  digest TEXT NOT NULL,
  document TEXT NOT NULL,
  warehouses TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (policy, version)
);

CREATE TABLE decisions (
  no INTEGER PRIMARY KEY NOT NULL,
  id TEXT NOT NULL,
  policy TEXT NOT NULL,
  version INTEGER NOT NULL,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  facts_hash TEXT NOT NULL,
  facts TEXT NOT NULL,
  outcome TEXT NOT NULL,
  effects TEXT NOT NULL,
  kept TEXT NOT NULL,
  error TEXT
);
CREATE UNIQUE INDEX decisions_id ON decisions (id);
CREATE INDEX decisions_subject ON decisions (subject);

CREATE TABLE timers (
  subject TEXT NOT NULL,
  kind TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (subject, kind)
);
CREATE INDEX timers_due ON timers (due_at);

CREATE TABLE routable_orders (
  order_id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL
);
CREATE INDEX routable_orders_customer ON routable_orders (customer_id);
