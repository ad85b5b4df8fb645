// Planning a mapping over SQLite, while a hub has the file; over PostgreSQL: test/postgres/stories.test.ts.
import { mappingPlanStories } from './mapping-plan-stories.ts';

mappingPlanStories();
