// Nothing acknowledged is lost, nothing is there twice, and nothing refused arrives anywhere.
import { type Copyist, copyists, type History } from '../history.ts';
import { forbidden, refusedBy } from '../words.ts';
import { difference, type Expected, expectedOrders, repliesTo } from './expected.ts';
import type { Checked, Find } from './fault.ts';

/** Every change was answered in the end, and a good one was taken. */
export function answers({ asked }: History, find: Find, checked: Checked): void {
  checked(asked.length);
  for (const one of asked) {
    const { by, key, number, what, reply } = one;
    if (!reply) find(`${by} never got an answer to ${key}`, number);
    else if (what === 'value' && !isTaken(one.by, reply)) {
      find(`${key} (v${one.version}) was answered ${reply.httpStatus} ${JSON.stringify(reply.result)}`, number);
    }
    if (what === 'forbidden') {
      const taken = repliesTo(one).find(({ result }) => result?.status === 'accepted');
      if (taken) find(`${key} must be refused and was accepted`, number);
    }
  }
}

function isTaken(
  by: 'shop' | 'crm',
  { result }: { result: { status: string; applied?: string[] } | undefined },
): boolean {
  if (by === 'shop') return result?.status === 'accepted';
  return (result?.applied ?? []).includes('staffNote');
}

/** Each order is one record, and it reads as was acknowledged last. */
export function records(history: History, find: Find, checked: Checked): void {
  const { records: held } = history.end;
  const orders = expectedOrders(history);
  checked(orders.size);
  for (const order of orders.values()) {
    const same = held.filter(({ said }) => said.number === order.number);
    if (same.length !== 1) find(`the hub has ${same.length} records of ${order.number}`, order.number);
    for (const record of same) {
      const differs = difference(order.words, record.said);
      if (differs) find(`the record of ${order.number}: ${differs}`, order.number);
      if (record.id !== order.id)
        find(`${order.number} was acknowledged as ${order.id} and is ${record.id}`, order.number);
    }
  }
  for (const { id, said } of held) {
    if (!orders.has(said.number ?? '')) find(`the record ${id} is of ${said.number}, which nobody acknowledged`, id);
  }
}

/** Each system holds every order once and as acknowledged last, but for those that it refuses. */
export function copies(history: History, find: Find, checked: Checked): void {
  const orders = expectedOrders(history);
  checked(orders.size * copyists.length);
  for (const system of copyists) {
    const held = history.end.objects.filter((object) => object.system === system);
    for (const order of orders.values())
      copiesOf(
        order,
        system,
        held.map(({ said }) => said),
        find,
      );
    for (const { objectId, said } of held) {
      if (!orders.has(said.number ?? '')) find(`${system} ${objectId} is of ${said.number}, which nobody acknowledged`);
    }
  }
}

function copiesOf(
  order: Expected,
  system: Copyist,
  held: History['end']['objects'][number]['said'][],
  find: Find,
): void {
  const same = held.filter(({ number }) => number === order.number);
  if (same.length > 1) find(`${system} has ${same.length} objects of ${order.number}`, order.number);
  if (order.refusedBy.has(system)) return;
  if (same.length === 0) find(`${system} has nothing of ${order.number}`, order.number);
  for (const said of same) {
    const differs = difference(order.words, said);
    if (differs) find(`${order.number} in ${system}: ${differs}`, order.number);
  }
}

/** What the hub refused is seen nowhere; what a system refused, it does not hold. */
export function refused({ asked, arrivals, feed, stream, end }: History, find: Find, checked: Checked): void {
  checked(asked.filter(({ what }) => what === 'forbidden').length);
  for (const { system, key, text, said } of arrivals) {
    if (forbidden.test(text)) find(`${system} was sent a refused value under ${key}`, said.number ?? key);
  }
  for (const event of feed) {
    for (const { id, seq, text } of event.kind === 'page' ? event.items : []) {
      if (forbidden.test(text)) find(`the feed served a refused value of ${id} at ${seq}`, id);
    }
  }
  for (const event of stream.flatMap(({ events }) => events)) {
    if (forbidden.test(JSON.stringify(event.data)))
      find(`the stream tells a refused value at ${event.id}`, event.subject);
  }
  for (const { id, text } of end.records) {
    if (forbidden.test(text)) find(`the record ${id} holds a refused value`, id);
  }
  for (const { system, objectId, said } of end.objects) {
    if (said.note?.includes(refusedBy(system))) find(`${system} ${objectId} holds what ${system} refused`, said.number);
  }
}

/** The same key and bytes get the first answer again, also after a kill. */
export function repeats({ asked }: History, find: Find, checked: Checked): void {
  for (const { key, number, reply, again } of asked) {
    checked(again.length);
    for (const later of again) {
      const same = reply?.httpStatus === later.httpStatus && first(reply.result) === first(later.result);
      if (!same) find(`${key} was answered ${first(reply?.result)}, then ${first(later.result)}`, number);
      const effective = later.result && later.result.status !== 'invalid';
      if (effective && !later.result?.repeated) find(`the repeat of ${key} is not marked as one`, number);
    }
  }
}

function first(result: object | undefined): string {
  const { repeated: _, ...rest } = (result ?? {}) as { repeated?: true };
  return JSON.stringify(rest);
}
