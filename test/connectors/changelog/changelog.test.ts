// The change-log table on real SQLite and real PostgreSQL; on MySQL: test/mysql/changelog.mysql.ts.
import { describe } from 'vitest';
import { newSchema } from '../../postgres/schemas.ts';
import { changelogStories, overlappingStories, wireStories } from './stories.ts';

const schema = async () => ({ dialect: 'postgres' as const, url: await newSchema() });

describe('on SQLite', () => changelogStories(async () => 'sqlite'));
describe('on PostgreSQL', () => {
  changelogStories(schema);
  overlappingStories(schema);
  wireStories(schema);
});
