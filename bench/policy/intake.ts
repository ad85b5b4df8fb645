// Intake with the shipped policy in force and without: the same new orders, then the same edits of them, each in its own database.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openHere } from '../../src/app-core.ts';
import type { Core, DecisionView } from '../../src/core/core.ts';
import { hubSetup } from '../measure/hub-setup.ts';
import { nowMs } from '../measure/now.ts';
import { fromProject } from '../measure/project.ts';

export interface Rates {
  /** Records written per second by new orders: the order itself, and what is decided of it. */
  records: number;
  /** Edits per second of orders that were decided about. */
  edits: number;
}

/** As a shop sends them. */
const perRequest = 100;

export async function measureIntake(folder: string, orders: number): Promise<{ without: Rates; within: Rates }> {
  // Code that was not compiled yet is not measured.
  await measure(join(folder, 'warm'), { orders: Math.min(orders, 300), decides: true });
  const without = await measure(join(folder, 'without'), { orders, decides: false });
  const within = await measure(join(folder, 'within'), { orders, decides: true });
  return { without, within };
}

async function measure(folder: string, { orders, decides }: { orders: number; decides: boolean }): Promise<Rates> {
  mkdirSync(folder, { recursive: true });
  const policies = { folder: fromProject('policies'), activate: 'on_start', approval: 'none' } as const;
  const setup = { ...(await hubSetup(folder)), mappings: fromProject('mappings'), ...(decides && { policies }) };
  const core = await openHere(setup, { onEvents: () => undefined, onEnd: (error) => Promise.reject(error) });
  try {
    const made = await timed(() => send(core, orders, (no) => orderOf(no, 0)));
    const written = orders * (decides ? await recordsOfOne(core) : 1);
    const edited = await timed(() => send(core, orders, (no) => orderOf(no, 1)));
    return { records: (written * 1000) / made, edits: (orders * 1000) / edited };
  } finally {
    await core.close();
  }
}

async function timed(run: () => Promise<void>): Promise<number> {
  const begun = nowMs();
  await run();
  return nowMs() - begun;
}

async function send(core: Core, orders: number, order: (no: number) => object): Promise<void> {
  for (let from = 0; from < orders; from += perRequest) {
    const items = Array.from({ length: Math.min(perRequest, orders - from) }, (_, at) => order(from + at));
    const body = items.map((data) => JSON.stringify({ record: 'order', data })).join('\n');
    const reply = await core.accept({ system: 'shop', body, format: 'ndjson', via: 'api' });
    if (reply.counts.accepted !== items.length) throw new Error(`not all were accepted: ${reply.body.slice(0, 500)}`);
  }
}

/** Every order is alike: a shipment, and with the VIP amount a coupon. */
async function recordsOfOne(core: Core): Promise<number> {
  const order = await core.record({ type: 'order', match: { field: 'number', value: 'SO-1' } });
  const { items } = await core.decisions(order?.id ?? '', 1, null);
  const made =
    (items as DecisionView[])[0]?.effects.filter(
      ({ onceKey, status }) => onceKey !== undefined && status === 'claimed',
    ) ?? [];
  if (made.length === 0) throw new Error('nothing was decided of an order: this measures nothing');
  return 1 + made.length;
}

const orderOf = (no: number, edit: number): object => ({
  ...{ id: String(no), order_number: `SO-${no}`, state: 'open', payment: 'paid', currency: 'CNY' },
  ...{ total: `${520 + edit}.00`, note: `edited ${edit} times` },
  ...{
    placed_at: '2026-11-23T04:00:00Z',
    paid_at: '2026-11-23T04:01:00Z',
    updated_at: `2026-11-23T04:0${1 + edit}:00Z`,
  },
  ship_to: { name: '李雷', phone: '+8613800138000', country: 'CN', city: '上海市', street: '世纪大道 1 号' },
  items: [
    { line: '1', sku: 'MILK-1', name: 'Milk powder', qty: 2, price: '260.00', total: '520.00', care: ['cold_chain'] },
  ],
});
