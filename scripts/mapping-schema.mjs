// Writes mappings/mapping.schema.json from the grammar in the built hub: npm run build, then node scripts/mapping-schema.mjs
import { writeFile } from 'node:fs/promises';
import { mappingJsonSchema } from '../dist/src/mapping/schema.js';

const file = new URL('../mappings/mapping.schema.json', import.meta.url);
await writeFile(file, `${JSON.stringify(mappingJsonSchema(), null, 2)}\n`);
