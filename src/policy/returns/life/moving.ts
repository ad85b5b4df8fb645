// The goods on their way: scans, receipt, inspection, loss, and what each of them sets free.
import { floors, refundByOf } from '../floor.ts';
import { onceKeys } from './effects.ts';
import type { EventOf, Refusal } from './events.ts';
import { refuse } from './refuse.ts';
import { type ReturnLine, refundable, worthOf } from './state.ts';
import type { Step } from './step.ts';

export function onScanned(step: Step): Refusal | undefined {
  const { regions, scannedAt, lines } = step.state;
  if (regions.approval !== 'approved') return refuse('not_now');
  // Carriers scan a parcel more than once.
  if (regions.logistics === 'in_transit') return undefined;
  if (regions.logistics !== 'label_issued' && regions.logistics !== 'overdue') return refuse('not_now');
  step.move('logistics', 'in_transit');
  step.set({ scannedAt: scannedAt ?? step.at });
  runRefundClock(step);
  return void step.refundWhen('on_carrier_scan', refundable({ lines }));
}

const arriving: readonly string[] = ['label_issued', 'in_transit', 'overdue', 'lost', 'received'];

export function onReceived(step: Step, { lines: counted }: EventOf<'received'>): Refusal | undefined {
  const { regions, lines } = step.state;
  if (!areKnown(counted, lines)) return refuse('unknown_line');
  // Goods that nobody waits for any more are still here: a person sees to them.
  if (['cancelled', 'declined', 'expired'].includes(regions.approval)) return void step.task('return_goods_differ');
  const isLate = regions.logistics === 'received' && regions.inspection !== 'pending';
  if (regions.approval !== 'approved' || !arriving.includes(regions.logistics) || isLate) return refuse('not_now');
  const came = (line: ReturnLine): number =>
    line.received + counted.reduce((sum, one) => sum + (one.orderLine === line.orderLine ? one.quantity : 0), 0);
  const now = lines.map((line) => ({ ...line, received: Math.min(line.quantity, came(line)) }));
  if (lines.some((line) => came(line) !== line.quantity)) step.task('return_goods_differ');
  step.set({ lines: now });
  if (regions.logistics !== 'received') arrive(step);
  return void step.refundWhen(
    'on_receipt',
    worthOf(now, () => true),
  );
}

function arrive(step: Step): void {
  const { regions } = step.state;
  step.move('logistics', 'received');
  step.move('inspection', 'pending');
  if (regions.restock === 'none') step.move('restock', 'expected');
  step.set({ receivedAt: step.at });
  step.release();
  runRefundClock(step);
  step.made.events.push('return.received');
  if (regions.refund === 'clawback_open') {
    step.move('refund', 'succeeded');
    step.task('return_clawback_withdrawn');
  }
  // The customer has sent the goods and paid the money back: it is due again.
  if (regions.refund === 'recovered') step.schedule(worthOf(step.state.lines, () => true));
}

function runRefundClock(step: Step): void {
  const { protectedBy, requestedAt, scannedAt, receivedAt } = step.state;
  if (protectedBy === null) return;
  const clock = { requestedAt, scannedAt: scannedAt ?? undefined, receivedAt: receivedAt ?? undefined };
  step.set({ refundBy: refundByOf(floors[protectedBy], clock, step.rules.timezone) ?? null });
}

export function onInspected(step: Step, { lines: found }: EventOf<'inspected'>): Refusal | undefined {
  const { id, regions, lines } = step.state;
  if (regions.inspection !== 'pending') return refuse('not_now');
  if (!areKnown(found, lines)) return refuse('unknown_line');
  const looked = lines.map((line) => {
    const now = found.find(({ orderLine }) => orderLine === line.orderLine);
    // The first word stands: its pieces may be on the shelf already.
    if (!now || line.result !== null) return line;
    const { orderLine, received: quantity } = line;
    if (now.disposition === 'restock' && quantity > 0)
      step.made.effects.push({
        record: 'restock',
        id: onceKeys.restock(id, orderLine),
        returnId: id,
        orderLine,
        quantity,
      });
    return { ...line, result: now.result, disposition: now.disposition };
  });
  step.set({ lines: looked });
  if (looked.every(({ received, result }) => received === 0 || result !== null)) settleInspection(step);
  return undefined;
}

function settleInspection(step: Step): void {
  const { lines, kind, permits } = step.state;
  const here = lines.filter(({ received }) => received > 0);
  const good = here.filter(({ result }) => result === 'ok').length;
  const bad = here.filter(({ result }) => result === 'not_ok').length;
  const result = here.length > 0 && good === here.length ? 'passed' : bad === here.length ? 'failed' : 'partial';
  step.move('inspection', result);
  step.move('restock', here.some(({ disposition }) => disposition === 'restock') ? 'done' : 'scrapped');
  step.made.news.push({ kind: 'inspected', result, permits });
  step.set({ permits: [] });
  step.made.events.push('return.inspected', 'restock.done');
  if (result !== 'passed') step.task('return_goods_differ');
  else if (kind === 'exchange') step.task('return_exchange');
  step.refundWhen(
    'after_inspection',
    worthOf(here, (line) => line.result === 'ok'),
  );
  step.topUp();
}

export function onLost(step: Step): Refusal | undefined {
  const { regions } = step.state;
  if (regions.logistics !== 'in_transit' && regions.logistics !== 'overdue') return refuse('not_now');
  step.move('logistics', 'lost');
  step.expectNothing();
  step.giveBackPermits();
  step.task('return_lost');
  return undefined;
}

const areKnown = (named: readonly { orderLine: string }[], lines: readonly ReturnLine[]): boolean =>
  named.every(({ orderLine }) => lines.some((line) => line.orderLine === orderLine));
