// Where the files of the project are, from a source file or from its compiled copy under dist/.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export function fromProject(path: string): string {
  for (const above of ['../../', '../../../']) {
    const folder = fileURLToPath(new URL(above, import.meta.url));
    if (existsSync(join(folder, 'package.json'))) return join(folder, path);
  }
  throw new Error('the bench must be run from the project it belongs to: there is no package.json');
}
