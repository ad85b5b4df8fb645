// Reconciling over SQLite; over PostgreSQL: test/postgres/stories.test.ts.
import { reconcileStories } from './reconcile-stories.ts';

reconcileStories();
