// The ERP's tables, and how a feed item becomes a row of them.
import type { Clock } from '../src/clock.ts';
import type { Routes } from './exchange.ts';
import type { FeedItem, Handled } from './feed-client.ts';
import { shanghaiTime } from './shanghai.ts';

export interface ErpRow {
  /** The ERP's own id. */
  FID: string;
  FModifyDate: string;
  [column: string]: unknown;
}

export interface ErpBill extends ErpRow {
  FBillNo: string;
  FSourceBillNo?: string;
  FAllAmount?: string;
  FReceiveAddress?: string;
  FEntity?: { FSourceLineId: string; FMaterialNumber: string; FQty: number }[];
}

export interface Books {
  bills: Map<string, ErpBill>;
  customers: Map<string, ErpRow>;
  /** How often each row came through the feed, by its FID. */
  served: Map<string, number>;
  /** @param refusal why nothing can be booked at the moment */
  take(item: FeedItem, refusal: string | undefined): Handled;
  /** @throws Error when there is no such bill */
  edit(id: string, changes: object): ErpBill;
  routes: Routes;
}

/** @param blocked receivers whose bills are not booked */
export function openBooks(clock: Clock, blocked: readonly string[]): Books {
  const bills = new Map<string, ErpBill>();
  const customers = new Map<string, ErpRow>();
  const served = new Map<string, number>();
  /** The hub's id of a record → ours: a repeated create is then known. */
  const idOf = new Map<string, string>();
  let nextId = 5001;

  function take({ record, id, seq, op, data }: FeedItem, refusal: string | undefined): Handled {
    const reason = refusal ?? faultOf(data, blocked);
    if (reason !== undefined && op !== 'delete') return { record, id, seq, reason };
    const known = idOf.get(id);
    const FID = known ?? `ERP-${nextId++}`;
    idOf.set(id, FID);
    served.set(FID, (served.get(FID) ?? 0) + 1);
    const table: Map<string, ErpRow> = record === 'order' ? bills : customers;
    if (op === 'delete') table.delete(FID);
    else
      table.set(FID, {
        ...rowFor(record, FID),
        ...table.get(FID),
        ...data,
        FID,
        FModifyDate: shanghaiTime(clock.now()),
      });
    return { record, id, seq, externalId: FID };
  }

  function edit(id: string, changes: object): ErpBill {
    const bill = bills.get(id);
    if (!bill) throw new Error(`there is no bill ${id}`);
    const edited = { ...bill, ...changes, FModifyDate: shanghaiTime(clock.now()) };
    bills.set(id, edited);
    return edited;
  }

  const routes: Routes = {
    'GET /bills': () => ({ status: 200, body: { bills: [...bills.values()] } }),
    'GET /customers': () => ({ status: 200, body: { customers: [...customers.values()] } }),
  };
  return { bills, customers, served, take, edit, routes };
}

const rowFor = (record: string, FID: string): Partial<ErpBill> =>
  record === 'order' ? { FBillNo: FID.replace('ERP-', 'XSD'), FCreatorId: '16394' } : {};

function faultOf({ FReceiver, FEntity }: Record<string, unknown>, blocked: readonly string[]): string | undefined {
  if (typeof FReceiver === 'string' && blocked.includes(FReceiver)) return `${FReceiver} is blocked`;
  const lines = Array.isArray(FEntity) ? (FEntity as { FMaterialNumber?: unknown }[]) : [];
  return lines.every(({ FMaterialNumber }) => typeof FMaterialNumber === 'string')
    ? undefined
    : 'a line without material';
}
