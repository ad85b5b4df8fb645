-- What becomes of a version of a policy, when it is in force, and what a candidate would decide beside it. Columns: src/store/sqlite/schema.ts.

ALTER TABLE policies ADD COLUMN effective_from INTEGER;
ALTER TABLE policies ADD COLUMN effective_until INTEGER;
ALTER TABLE policies ADD COLUMN life TEXT NOT NULL DEFAULT '{}';
ALTER TABLE policies ADD COLUMN shadow INTEGER NOT NULL DEFAULT 0;
ALTER TABLE policies ADD COLUMN shadow_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE policies ADD COLUMN shadow_different INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX policies_active ON policies (policy) WHERE state = 'active';
CREATE INDEX policies_running ON policies (policy, version, state, effective_from, effective_until, shadow) WHERE state IN ('scheduled', 'active') OR shadow = 1;

CREATE TABLE shadow_differences (
  no INTEGER PRIMARY KEY NOT NULL,
  policy TEXT NOT NULL,
  version INTEGER NOT NULL,
  decision TEXT NOT NULL,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX shadow_differences_version ON shadow_differences (policy, version, no);
