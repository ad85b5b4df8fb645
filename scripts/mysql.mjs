// npm run test:mysql: what is proved against a real MariaDB. Where none is installed it says NOT RUN and fails.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { node } from './run.mjs';

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
const missing = ['mariadbd', 'mariadb-install-db'].filter(
  (name) => !folders.some((one) => existsSync(join(one, name))),
);
if (missing.length > 0) {
  console.error(
    `NOT RUN: the tests on MySQL; there is no ${missing.join(', no ')}. apt-get install mariadb-server-core mariadb-client-core`,
  );
  process.exitCode = 1;
} else {
  await node('node_modules/vitest/vitest.mjs', ['run', '--mode', 'mysql', ...process.argv.slice(2)]);
}
