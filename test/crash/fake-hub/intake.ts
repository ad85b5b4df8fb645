// How the fake hub takes changes.
import { type Row, versionIn } from '../words.ts';
import type { Bug } from './bugs.ts';
import type { Kept, Order } from './kept.ts';

interface Item {
  record?: string;
  id?: string;
  key?: string;
  data?: Row;
}

export interface Taking {
  kept: Kept;
  bug: Bug | undefined;
  /** The hub was killed before. */
  restarted: boolean;
  /** Runs when what was done is to be kept: at once, in a hub that is right. */
  keep(run: () => void): void;
}

interface Answer {
  status: number;
  body: object;
}

/** One or more changes of a system, as they were sent. */
export function take(taking: Taking, system: 'shop' | 'crm', text: string, headerKey: string | undefined): Answer {
  const { items, single } = read(text);
  const results = items.map((item, index) =>
    index > 0 && taking.bug === 'takes only the first change of a batch'
      ? { status: 'unchanged', id: 'ord_0', applied: [] }
      : takeOne(taking, system, { ...item, ...(headerKey !== undefined && { key: headerKey }) }),
  );
  const [first] = results;
  if (single && first?.status === 'conflict')
    return { status: 422, body: { title: 'the key was used for another body' } };
  if (single && first?.status === 'invalid' && items[0]?.record !== 'order')
    return { status: 400, body: { title: 'there is no such record type' } };
  return { status: 202, body: { results } };
}

function read(text: string): { items: Item[]; single: boolean } {
  if (text.startsWith('[')) return { items: JSON.parse(text) as Item[], single: false };
  const lines = text.split('\n').filter(Boolean);
  return { items: lines.map((line) => JSON.parse(line) as Item), single: lines.length === 1 && !text.endsWith('\n') };
}

type Result = { status: string } & Record<string, unknown>;

function takeOne(taking: Taking, system: 'shop' | 'crm', item: Item): Result {
  const { kept } = taking;
  const name = `${system} ${item.key}`;
  const { key: _, ...bytes } = item;
  const text = JSON.stringify(bytes);
  const known = kept.answers.get(name);
  if (known && known.text !== text) return { status: 'conflict' };
  if (known) return { ...(known.result as Result), repeated: true };
  if (item.record !== 'order') return { status: 'invalid' };
  const result = system === 'shop' ? fromShop(taking, item.data ?? {}) : fromCrm(taking, item);
  if (result.status !== 'invalid') taking.keep(() => kept.answers.set(name, { text, result }));
  return result;
}

function fromShop(taking: Taking, data: Row): Result {
  const number = data.order_number;
  if (typeof number !== 'string') return { status: 'invalid' };
  const quantity = Number((data.items as Row[])[0]?.qty);
  const said = { note: String(data.note), amount: Math.round(Number(data.total) * 100), quantity };
  const known = taking.kept.byNumber(number);
  const order = known ?? { id: `ord_${taking.kept.orders.size + 1}`, number, version: 0, ...said };
  const events = {
    notes: { old: known ? { buyerNote: known.note } : {}, new: { buyerNote: said.note } },
    money: { old: known ? { payable: known.amount } : {}, new: { payable: said.amount } },
  };
  return commit(taking, 'shop', { ...order, ...said }, events);
}

function fromCrm(taking: Taking, { id = '', data = {} }: Item): Result {
  const { kept, bug } = taking;
  const order = kept.byNumber(String(data.orderNo));
  if (!order) return { status: 'invalid' };
  kept.replica('crm', order.id).externalId ??= id;
  const memo = String(data.memo);
  const overstep = memo !== order.note && memo.startsWith('forbidden');
  const staffNote = typeof data.staffMemo === 'string' ? data.staffMemo : undefined;
  const newer =
    versionIn(staffNote) > versionIn(order.staffNote) || bug === 'lets an older note of the staff replace a newer one';
  const takesMemo = overstep && bug === 'takes a note from whoever sends one';
  if (staffNote !== undefined && staffNote !== order.staffNote && newer) {
    const events = {
      staffNote: {
        old: order.staffNote === undefined ? {} : { sellerNote: order.staffNote },
        new: { sellerNote: staffNote },
      },
    };
    const result = commit(taking, 'crm', { ...order, staffNote, ...(takesMemo && { note: memo }) }, events);
    return overstep ? { ...result, status: 'partial', refused: [{ unit: 'notes', reason: 'not_a_writer' }] } : result;
  }
  if (!overstep) return { status: 'unchanged', id: order.id, applied: [] };
  if (takesMemo) order.note = memo;
  // Its copy is put right, under a number of its own.
  taking.keep(() => kept.want(kept.replica('crm', order.id), ++kept.seq));
  return { status: 'refused', id: order.id, applied: [], refused: [{ unit: 'notes', reason: 'not_a_writer' }] };
}

function commit(
  taking: Taking,
  by: string,
  order: Order,
  data: Record<string, { old: unknown; new: unknown }>,
): Result {
  const { kept, bug, restarted } = taking;
  const again = restarted && kept.events.length % 5 === 0;
  const version = order.version + (again && order.version > 0 && bug === 'gives a version twice after a kill' ? 0 : 1);
  const seq = again && bug === 'gives a number twice after a kill' ? kept.seq : ++kept.seq;
  taking.keep(() => {
    kept.orders.set(order.id, { ...order, version });
    const type = `dev.syncline.order.${version === 1 ? 'created' : 'updated'}`;
    const event = { id: String(seq), source: `/systems/${by}`, type, subject: order.id, recordversion: version, data };
    kept.events.push(event);
    for (const system of ['crm', 'wms', 'erp'] as const) kept.want(kept.replica(system, order.id), seq);
  });
  return { status: 'accepted', id: order.id, version, seq: String(seq), applied: Object.keys(data) };
}
