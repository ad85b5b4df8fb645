// What follows from a change within its own transaction: once all that the change itself writes is gathered, and before it is
// written, the orders that it concerns are decided about.

import type { Unit } from '../../merge/types.ts';
import { isOver } from '../../policy/effective.ts';
import { type RoutingInForce, versionFor } from '../../policy/routing/active.ts';
import type { ChangeRow } from '../../store/rows.ts';
import type { Key, RecordState } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { afterShipment, afterTask } from './after-shipment.ts';
import { drafted } from './draft-state.ts';
import { followedFields, followOrder } from './follow-order.ts';
import { notRouted, uncovered } from './guard.ts';
import { leaveOrder, routeOrder } from './route-order.ts';

type Need = { need: Key[] } | undefined;

/** The one call that intake and the console make. @returns the keys that it needs first, if there are such */
export function react(work: Work): Need {
  const { routing } = work.world;
  if (!routing) return undefined;
  // What the policy itself writes meanwhile is no reason to decide again.
  const { changes } = work.out;
  const made = changes.length;
  for (let at = 0; at < made; at++) {
    const change = changes[at] as ChangeRow;
    if (change.source === 'policy' || change.op === 'none') continue;
    const needed = reactTo(change, routing, work);
    if (needed) return needed;
  }
  return undefined;
}

function reactTo(change: ChangeRow, routing: RoutingInForce, work: Work): Need {
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

function afterOrder(change: ChangeRow, routing: RoutingInForce, work: Work): Need {
  // Most edits of an order that was pushed concern nobody here: they cost a look at the names of their units.
  const concerns = change.op !== 'updated' || touches(change, routing.fields, work);
  if (!concerns && !touches(change, followedFields, work)) return undefined;
  const order = drafted(work, change.recordId);
  if (!order) return undefined;
  if (notRouted(order.row) !== undefined) {
    if (concerns) leaveOrder(order, routing, work);
    return followOrder(change, order, work);
  }
  if (!concerns) return undefined;
  const version = versionFor(routing, order.row.data, work.context.now);
  if (!version) return leaveUncovered(change, order, routing, work);
  const routed = isOver(version, work.context.now) ? undefined : routeOrder(order, version, work);
  return routed && 'need' in routed ? routed : undefined;
}

const whence = ['channel', 'storeId'];

/** In the scope of no version: told once, when it comes or moves there. */
function leaveUncovered(change: ChangeRow, order: RecordState, routing: RoutingInForce, work: Work): undefined {
  leaveOrder(order, routing, work);
  if (change.op === 'updated' && !touches(change, whence, work)) return;
  const { id, data } = order.row;
  const message = `order ${String(data.number ?? id)} is not routed: ${uncovered(data, routing)}`;
  work.world.notes.alert({ kind: 'routing_uncovered', record: id, message });
}

/** Its orders are many perhaps: they are looked at after the commit, in slices. */
function afterCustomer(
  { recordId, units }: ChangeRow,
  { readsCustomer }: RoutingInForce,
  { out, context, world }: Work,
): void {
  const tier = world.catalog.policy('customer').unitOf('tier').name;
  if (!readsCustomer || !Object.hasOwn(units, tier)) return;
  out.policy.push({ timer: { subject: recordId, kind: 'route', dueAt: context.now } });
}

/** Whether the change is of a unit that holds one of the fields. */
function touches({ units }: ChangeRow, fields: readonly string[], { world }: Work): boolean {
  const policy = world.catalog.policy('order');
  for (const name in units) if (holds(policy.unitNamed(name), fields)) return true;
  return false;
}

const unitsThatHold = new WeakMap<readonly string[], WeakMap<Unit, boolean>>();

function holds(unit: Unit, fields: readonly string[]): boolean {
  const known = unitsThatHold.get(fields) ?? new WeakMap<Unit, boolean>();
  unitsThatHold.set(fields, known);
  let held = known.get(unit);
  if (held === undefined) {
    held = unit.paths.some((path) => fields.some((field) => overlap(path.replace('.*.', '.'), field)));
    known.set(unit, held);
  }
  return held;
}

const overlap = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
