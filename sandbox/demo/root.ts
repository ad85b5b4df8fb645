// Where the project is, seen from a source file or from its compiled copy under dist/.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function find(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(folder);
  if (above === folder)
    throw new Error('the demo must be run from the project it belongs to: there is no package.json');
  return find(above);
}

export const projectRoot = find(dirname(fileURLToPath(import.meta.url)));
