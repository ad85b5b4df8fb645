// Writes the JSON Schemas of mappings and policies from their grammars in the built hub: npm run build, then npm run schema
import { writeFile } from 'node:fs/promises';
import { mappingJsonSchema } from '../dist/src/mapping/schema.js';
import { returnsJsonSchema, routingJsonSchema, warehousesJsonSchema } from '../dist/src/policy/json-schema.js';

const schemas = {
  'mappings/mapping.schema.json': mappingJsonSchema(),
  'policies/returns.schema.json': returnsJsonSchema(),
  'policies/routing.schema.json': routingJsonSchema(),
  'policies/warehouses.schema.json': warehousesJsonSchema(),
};

for (const [file, schema] of Object.entries(schemas))
  await writeFile(new URL(`../${file}`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
