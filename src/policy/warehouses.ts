// policies/warehouses.yaml: the warehouses that a routing policy may lock or choose the nearest of.
import { z } from 'zod';
import { fieldAt } from '../model/fields.ts';
import { isTree } from '../model/own.ts';
import { type Fault, teller } from './fault.ts';
import { membersOf, tellIssues } from './shape-faults.ts';
import { readYaml } from './yaml-source.ts';

const handling = fieldAt('order', 'lines.handling')?.values ?? [];

const warehouseSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be letters, digits, ".", "_" or "-", 64 characters at most')
    .describe('As warehouse.lock and the systems name it.'),
  name: z.string().min(1),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'must be an ISO 3166 code such as CN')
    .describe('The country that it serves.'),
  divisions: z
    .array(z.string().regex(/^\d{1,12}$/, 'must be a division code or its beginning, in quotes'))
    .optional()
    .describe('Division codes, or beginnings of them, that it serves before the rest of the country.'),
  capabilities: z.array(z.enum(handling)).optional().describe('Handling that it can do.'),
});

export const warehousesSchema = z.strictObject({ warehouses: z.array(warehouseSchema).min(1) });

export type Warehouse = z.output<typeof warehouseSchema>;

export function loadWarehouses(text: string): { warehouses: Warehouse[] } | { faults: Fault[] } {
  const source = readYaml(text);
  if ('faults' in source) return source;
  const faults: Fault[] = [];
  const read = warehousesSchema.safeParse(source.tree);
  if (!read.success)
    tellIssues(read.error, source.tree, teller(faults, '', { check: 'S1' }), membersOf(warehousesSchema));
  checkIds(source.tree, faults);
  return read.success && faults.length === 0 ? read.data : { faults };
}

function checkIds(tree: unknown, faults: Fault[]): void {
  const list: unknown = isTree(tree) ? tree.warehouses : undefined;
  const ids = (Array.isArray(list) ? list : []).map((one: unknown) => (isTree(one) ? (one.id as unknown) : undefined));
  ids.forEach((id, index) => {
    const first = ids.indexOf(id);
    if (typeof id === 'string' && first < index)
      teller(faults, `warehouses[${index}]`, { check: 'S1' })(
        'id',
        `"${id}" is the id of warehouses[${first}] already`,
      );
  });
}
