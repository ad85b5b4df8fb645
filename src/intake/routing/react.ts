// What follows from a change within its own transaction: once all that the change itself writes is gathered, and before it is
// written, the orders that it concerns are decided about.

import type { Unit } from '../../merge/types.ts';
import type { ActiveRouting } from '../../policy/routing/active.ts';
import type { ChangeRow } from '../../store/rows.ts';
import type { Key } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { afterShipment, afterTask } from './after-shipment.ts';
import { drafted } from './draft-state.ts';
import { followOrder } from './follow-order.ts';
import { notRouted } from './guard.ts';
import { leaveOrder, routeOrder } from './route-order.ts';

type Need = { need: Key[] } | undefined;

/** The one call that intake and the console make. @returns the keys that it needs first, if there are such */
export function react(work: Work): Need {
  const { routing } = work.world;
  if (!routing) return undefined;
  // What the policy itself writes meanwhile is no reason to decide again.
  for (const change of [...work.out.changes]) {
    if (change.source === 'policy' || change.op === 'none') continue;
    const needed = reactTo(change, routing, work);
    if (needed) return needed;
  }
  return undefined;
}

function reactTo(change: ChangeRow, routing: ActiveRouting, work: Work): Need {
  switch (change.type) {
    case 'order':
      return afterOrder(change, routing, work);
    case 'shipment':
      return afterShipment(change, routing, work);
    case 'task':
      return afterTask(change, routing, work);
    case 'customer':
      afterCustomer(change, routing, work);
  }
  return undefined;
}

function afterOrder(change: ChangeRow, routing: ActiveRouting, work: Work): Need {
  const order = drafted(work, change.recordId);
  if (!order) return undefined;
  if (notRouted(order.row) !== undefined) {
    leaveOrder(order, routing, work);
    return followOrder(change, order, work);
  }
  if (!touches(change, routing, work)) return undefined;
  const routed = routeOrder(order, routing, work);
  return 'need' in routed ? routed : undefined;
}

/** Its orders are many perhaps: they are looked at after the commit, in slices. */
function afterCustomer(
  { recordId, units }: ChangeRow,
  { readsCustomer }: ActiveRouting,
  { out, context, world }: Work,
): void {
  const tier = world.catalog.policy('customer').unitOf('tier').name;
  if (!readsCustomer || !Object.hasOwn(units, tier)) return;
  out.policy.push({ timer: { subject: recordId, kind: 'route', dueAt: context.now } });
}

/** Whether the change is of a unit that the facts read. */
function touches({ units, op }: ChangeRow, routing: ActiveRouting, { world }: Work): boolean {
  if (op === 'created') return true;
  const policy = world.catalog.policy('order');
  return Object.keys(units).some((name) => isRead(policy.unitNamed(name), routing));
}

const readUnits = new WeakMap<ActiveRouting, Map<string, boolean>>();

function isRead(unit: Unit, routing: ActiveRouting): boolean {
  const known = readUnits.get(routing) ?? new Map<string, boolean>();
  readUnits.set(routing, known);
  let read = known.get(unit.name);
  if (read === undefined) {
    read = unit.paths.some((path) => routing.fields.some((field) => overlap(path.replace('.*.', '.'), field)));
    known.set(unit.name, read);
  }
  return read;
}

const overlap = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
