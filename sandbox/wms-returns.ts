// The warehouse's side of returns: expects goods, counts and looks at what comes, puts good ones back on the shelf.
import { type Collection, createCollection } from './collection.ts';
import type { Routes, Row } from './exchange.ts';

interface WmsReturnLine {
  line_no: string;
  qty?: number;
  qty_in?: number;
  /** A is in order, C is not. */
  grade?: string;
  shelf?: string;
}

export interface WmsReturn {
  id: string;
  rma_code: string;
  order_id?: string;
  expected?: string;
  stage?: string;
  grade?: string;
  lines?: WmsReturnLine[];
  modified_at: string;
}

export interface WmsPutAway {
  id: string;
  put_away_code: string;
  rma_id?: string;
  line_no?: string;
  qty?: number;
}

export interface WmsReturns {
  returns: Collection<WmsReturn>;
  putAways: Collection<WmsPutAway>;
  routes: Routes;
}

export function openReturns(now: () => string): WmsReturns {
  const returns = createCollection<WmsReturn>({
    ...{ path: '/returns', name: 'returns', findBy: 'rma_code', update: 'PATCH', firstId: 1, idPrefix: 'RMA-' },
    make: (id, body) => ({ ...(body as unknown as WmsReturn), id, stage: 'EXPECTED', modified_at: now() }),
    change: (current, body) => ({ ...current, ...(body as Row), id: current.id, modified_at: now() }) as WmsReturn,
    faultOf: ({ rma_code }) => (typeof rma_code === 'string' ? undefined : 'RMA_CODE MISSING'),
  });
  const putAways = createCollection<WmsPutAway>({
    ...{ path: '/put-aways', name: 'put_aways', findBy: 'put_away_code', update: 'PATCH', firstId: 1, idPrefix: 'P-' },
    make: (id, body) => ({ ...(body as unknown as WmsPutAway), id }),
    change: (current, body) => ({ ...current, ...(body as Row), id: current.id }) as WmsPutAway,
    faultOf: ({ qty }) => (Number.isInteger(qty) ? undefined : 'QTY MISSING'),
  });
  return { returns, putAways, routes: { ...returns.routes, ...putAways.routes } };
}
