// A version of the routing policy that is in force, with what it chooses from and what makes it decide again.
import { type Force, isOver } from '../effective.ts';
import { covers } from '../scope.ts';
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

/** All versions in force: of no order two. */
export interface RoutingInForce extends Pick<ActiveRouting, 'fields' | 'readsCustomer' | 'hours'> {
  versions: readonly ActiveRouting[];
}

export const routingInForce = (versions: readonly ActiveRouting[]): RoutingInForce => ({
  versions,
  fields: [...new Set(versions.flatMap(({ fields }) => fields))],
  readsCustomer: versions.some(({ readsCustomer }) => readsCustomer),
  hours: versions.flatMap(({ hours }) => hours),
});

/** Where an order is from, as its record says. */
interface FromWhere {
  channel?: unknown;
  storeId?: unknown;
}

/** @returns the version whose scope the order is in; one whose time is over only where no other is; undefined: none is */
export function versionFor(
  { versions }: RoutingInForce,
  { channel, storeId }: FromWhere,
  now: number,
): ActiveRouting | undefined {
  const [only] = versions;
  if (only && versions.length === 1 && only.policy.scope.channel === '*' && only.policy.scope.store === '*')
    return only;
  const from = {
    channel: typeof channel === 'string' ? channel : '',
    store: typeof storeId === 'string' ? storeId : '',
  };
  const covering = versions.filter(({ policy }) => covers(policy.scope, from));
  return covering.find((one) => !isOver(one, now)) ?? covering[0];
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
