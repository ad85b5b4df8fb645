// The change-log table on a real MariaDB: npm run test:mysql.
import { createConnection } from 'mysql2/promise';
import { describe, inject } from 'vitest';
import { changelogStories, overlappingStories } from '../connectors/changelog/stories.ts';

let made = 0;

async function newDatabase() {
  const name = `t${process.pid}_${made++}`;
  const socketPath = inject('mysql');
  const root = await createConnection({ user: 'root', socketPath });
  await root.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await root.end();
  return {
    dialect: 'mysql' as const,
    url: `mysql://root@localhost/${name}?socketPath=${encodeURIComponent(socketPath)}`,
  };
}

describe('on MySQL', () => {
  changelogStories(newDatabase);
  overlappingStories(newDatabase);
});
