-- Which orders a version of a policy is for: of one policy several are active side by side, for other orders each. Columns: src/store/sqlite/schema.ts.

ALTER TABLE policies ADD COLUMN scope TEXT NOT NULL DEFAULT '';
DROP INDEX policies_active;
CREATE UNIQUE INDEX policies_active ON policies (policy, scope) WHERE state = 'active';
