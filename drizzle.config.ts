// For drizzle-kit: `npx drizzle-kit export` prints the SQL of the schema, the draft of a new migration.
import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: './src/store/sqlite/schema.ts',
  out: './migrations/sqlite',
});
