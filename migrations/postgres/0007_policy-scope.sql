-- Which orders a version of a policy is for: of one policy several are active side by side, for other orders each. Columns: src/store/postgres/schema.ts.

ALTER TABLE policies ADD COLUMN scope TEXT NOT NULL DEFAULT '';
DROP INDEX policies_active;
CREATE UNIQUE INDEX policies_active ON policies (policy, scope) WHERE state = 'active';
-- An older process would decide every order by one of several policies.
INSERT INTO meta (name, value) VALUES ('oldest_program', '7') ON CONFLICT (name) DO UPDATE SET value = excluded.value;
