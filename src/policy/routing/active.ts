// A version of the routing policy that is in force, with what it chooses from and what makes it decide again.
import type { Force } from '../effective.ts';
import type { Warehouse } from '../warehouses.ts';
import { turningHours } from './next-hour.ts';
import { orderFieldsOf } from './order-facts.ts';
import type { RoutingPolicy } from './policy.ts';

export interface ActiveRouting extends Force {
  policy: RoutingPolicy;
  version: number;
  warehouses: readonly Warehouse[];
  /** Fields of an order whose change may change what is decided of it. */
  fields: readonly string[];
  /** It asks for something of the order's customer. */
  readsCustomer: boolean;
  /** Hours after the payment at which a condition may turn. */
  hours: readonly number[];
}

/** A version that decides beside the one in force: nothing comes of what it decides. */
export interface ShadowRouting {
  policy: RoutingPolicy;
  version: number;
  /** Decisions since the counts were last added to those of the version. */
  seen: number;
  different: number;
}

/** Whether an order is routed at all: read before the table. */
const guarded = ['status', 'fulfillmentStatus'];

export function activeRouting(policy: RoutingPolicy, version: number, warehouses: readonly Warehouse[]): ActiveRouting {
  const fields = policy.reads.flatMap(({ member }) => orderFieldsOf[member] ?? []);
  return {
    policy,
    version,
    warehouses,
    fields: [...new Set([...guarded, ...fields])],
    readsCustomer: policy.reads.some(({ path }) => path === 'order.customerTier'),
    hours: turningHours(policy),
  };
}
