// "Nearest": the longest division prefix, then the country, then the order of the list.
import type { Facts } from '../facts.ts';
import type { Warehouse } from '../warehouses.ts';

/** @returns undefined where none that can handle the goods serves the place */
export function nearestWarehouse(warehouses: readonly Warehouse[], facts: Facts): Warehouse | undefined {
  const { handling, shipCountry, shipDivision } = facts.order as Record<string, string> & { handling: string[] };
  let nearest: Warehouse | undefined;
  let best = -1;
  for (const warehouse of warehouses) {
    if (!handling.every((need) => warehouse.capabilities?.some((one) => one === need))) continue;
    const near = nearness(warehouse, shipCountry ?? '', shipDivision ?? '');
    if (near <= best) continue;
    nearest = warehouse;
    best = near;
  }
  return nearest;
}

/** Length of the prefix that fits, 0 for the country alone, -1 where it does not serve the place. */
function nearness({ country, divisions = [] }: Warehouse, toCountry: string, toDivision: string): number {
  if (toCountry !== country) return -1;
  const fitting = divisions.filter((prefix) => toDivision.startsWith(prefix));
  return Math.max(0, ...fitting.map((prefix) => prefix.length));
}
