// The documents that the project ships, as they are read.

import { loadRoutingPolicy } from '../../../src/policy/routing/load.ts';
import type { RoutingPolicy } from '../../../src/policy/routing/policy.ts';
import { loadWarehouses, type Warehouse } from '../../../src/policy/warehouses.ts';
import { read } from '../../architecture/sources.ts';

export const shippedText = read('policies/routing.yaml');

export function shippedWarehouses(): Warehouse[] {
  const loaded = loadWarehouses(read('policies/warehouses.yaml'));
  if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults));
  return loaded.warehouses;
}

export const warehouses = shippedWarehouses().map(({ id }) => id);

/** @param edit turns the text into that of another version */
export function shippedPolicy(edit: (text: string) => string = (text) => text): RoutingPolicy {
  const loaded = loadRoutingPolicy(edit(shippedText), { warehouses });
  if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults, null, 1));
  return loaded.policy;
}
