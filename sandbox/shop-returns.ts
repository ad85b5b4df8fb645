// The shop's side of returns: shows them, prints labels, pays refunds back and says so, claims money back.
import { type Collection, createCollection } from './collection.ts';
import type { Routes, Row } from './exchange.ts';

export interface ShopReturn {
  id: string;
  return_number: string;
  order_id?: string;
  state?: string;
  /** When: first, when sent, when here, when looked at. */
  refunded?: string;
  items?: { line: string; qty: number }[];
}

export interface ShopRefund {
  id: string;
  refund_number: string;
  return_id?: string;
  /** Decimal text. */
  amount: string;
  currency?: string;
  state: string;
  payment_reference?: string;
  updated_at: string;
}

export interface ShopClaim {
  id: string;
  claim_number: string;
  return_id?: string;
  amount: string;
  state?: string;
}

interface ShopLabel {
  id: string;
  label_number: string;
  return_id?: string;
}

export interface ShopReturns {
  returns: Collection<ShopReturn>;
  refunds: Collection<ShopRefund>;
  labels: Collection<ShopLabel>;
  claims: Collection<ShopClaim>;
  routes: Routes;
}

/** @param paid told once the money is out */
export function openReturns(now: () => string, paid: (refund: ShopRefund) => void): ShopReturns {
  const returns = open<ShopReturn>('returns', 'return_number', 7001);
  const labels = open<ShopLabel>('labels', 'label_number', 7101);
  const claims = open<ShopClaim>('claims', 'claim_number', 7301);
  const refunds = createCollection<ShopRefund>({
    ...{ path: '/refunds', name: 'refunds', findBy: 'refund_number', update: 'PUT', firstId: 7201 },
    make: (id, body) => ({ ...(body as unknown as ShopRefund), id, ...payment(id, now()) }),
    change: (current, body) => ({ ...current, ...(body as Partial<ShopRefund>), id: current.id, updated_at: now() }),
    faultOf: ({ amount, refund_number }) =>
      /^\d+\.\d{2}$/.test(amount) && refund_number ? undefined : `refund ${refund_number} of ${amount} is none`,
    written: paid,
  });
  const routes = { ...returns.routes, ...refunds.routes, ...labels.routes, ...claims.routes };
  return { returns, refunds, labels, claims, routes };
}

/** The provider of the sandbox pays at once. */
const payment = (id: string, at: string) => ({ state: 'paid', payment_reference: `PAY-${id}`, updated_at: at });

const open = <T extends { id: string }>(name: string, findBy: keyof T & string, firstId: number): Collection<T> =>
  createCollection<T>({
    ...{ path: `/${name}`, name, findBy, update: 'PATCH', firstId },
    make: (id, body) => ({ ...(body as unknown as T), id }),
    change: (current, body) => ({ ...current, ...(body as Row), id: current.id }) as T,
    faultOf: (item) => (typeof item[findBy] === 'string' ? undefined : `${findBy} is missing`),
  });
