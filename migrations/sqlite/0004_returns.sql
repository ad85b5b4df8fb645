-- What the returns policy is decided from, and what it keeps: facts, the lives of returns, breakers, exposure, evidence. Columns: src/store/sqlite/schema.ts.

CREATE TABLE order_facts (
  order_id TEXT PRIMARY KEY NOT NULL,
  customer_id TEXT NOT NULL,
  order_status TEXT NOT NULL,
  currency TEXT NOT NULL,
  paid_minor INTEGER NOT NULL,
  refunded_minor INTEGER NOT NULL,
  delivered_at INTEGER,
  pieces INTEGER NOT NULL,
  items_minor INTEGER NOT NULL
);
CREATE INDEX order_facts_customer ON order_facts (customer_id);

CREATE TABLE shipment_facts (
  shipment_id TEXT PRIMARY KEY NOT NULL,
  order_id TEXT NOT NULL,
  delivered_at INTEGER,
  shipped TEXT NOT NULL
);
CREATE INDEX shipment_facts_order ON shipment_facts (order_id);

CREATE TABLE return_facts (
  return_id TEXT PRIMARY KEY NOT NULL,
  order_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  store_id TEXT NOT NULL,
  requested_at INTEGER NOT NULL,
  decided_at INTEGER,
  approved_at INTEGER,
  return_status TEXT NOT NULL,
  fault TEXT NOT NULL,
  currency TEXT NOT NULL,
  lines TEXT NOT NULL,
  refund_first INTEGER NOT NULL,
  received_at INTEGER,
  ship_back_by INTEGER,
  refunded_at INTEGER
);
CREATE INDEX return_facts_customer ON return_facts (customer_id);
CREATE INDEX return_facts_order ON return_facts (order_id);
CREATE INDEX return_facts_store ON return_facts (store_id, decided_at, received_at, return_status, ship_back_by) WHERE refund_first = 1;

CREATE TABLE address_changes (
  seq INTEGER PRIMARY KEY NOT NULL,
  order_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  from_division TEXT NOT NULL,
  from_street TEXT NOT NULL,
  to_division TEXT NOT NULL,
  to_street TEXT NOT NULL
);
CREATE INDEX address_changes_customer ON address_changes (customer_id, at);

CREATE TABLE customer_aliases (
  customer_id TEXT PRIMARY KEY NOT NULL,
  into_id TEXT NOT NULL
);
CREATE INDEX customer_aliases_into ON customer_aliases (into_id);

CREATE TABLE return_lives (
  return_id TEXT PRIMARY KEY NOT NULL,
  life TEXT NOT NULL
);

CREATE TABLE policy_breakers (
  breaker TEXT NOT NULL,
  scope_key TEXT NOT NULL,
  state TEXT NOT NULL,
  opened_at INTEGER,
  until INTEGER,
  closed_at INTEGER,
  trips INTEGER NOT NULL,
  permits_left INTEGER NOT NULL,
  passed INTEGER NOT NULL,
  override TEXT,
  PRIMARY KEY (breaker, scope_key)
);

CREATE TABLE store_exposure (
  store_id TEXT PRIMARY KEY NOT NULL,
  exposure_minor INTEGER NOT NULL
);

CREATE TABLE evidence (
  no INTEGER PRIMARY KEY NOT NULL,
  return_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  kept_sha256 TEXT NOT NULL,
  type TEXT NOT NULL,
  size INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  picture_hash TEXT NOT NULL,
  outcome TEXT NOT NULL
);
CREATE INDEX evidence_return ON evidence (return_id);
