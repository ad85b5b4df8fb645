// A small model of a warehouse system that speaks Qimen: checks signatures, keeps delivery orders, holds and cancels them.
import { createHash } from 'node:crypto';
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { HttpResponse, http as on } from 'msw';
import type { Vendor } from '../../contract/connector/subject.ts';

export const app = {
  appKey: '12345678',
  appSecret: 'app5ecretOfTheModel',
  customerId: 'c1600000',
  ownerCode: 'OWNER-1',
};
/** What this model says, and the settings name. */
export const codes = { missing: ['S003'], unauthorized: ['sign-check-failure'], busy: ['S999'] };

export interface DeliveryOrder extends Record<string, unknown> {
  deliveryOrderCode: string;
  status: string;
}

/** What stands below `<request>`. */
interface Asked {
  deliveryOrder: DeliveryOrder;
  orderCode: string;
  page?: string;
  pageSize?: string;
}

export interface Warehouse extends Vendor {
  orders: Map<string, DeliveryOrder>;
  /** What it answers next, whatever it is asked. */
  say(text: string | undefined): void;
}

const parser = new XMLParser({ parseTagValue: false });
const builder = new XMLBuilder({});

export function warehouse(now: () => number): Warehouse {
  const orders = new Map<string, DeliveryOrder>();
  let said: string | undefined;
  const answer = (response: object) =>
    new HttpResponse(`<?xml version="1.0" encoding="utf-8"?>${builder.build({ response })}`, {
      headers: { 'content-type': 'text/xml;charset=utf-8' },
    });
  const success = (more: object = {}) => answer({ flag: 'success', code: '0', message: 'ok', ...more });
  const failure = (code: string, message: string) => answer({ flag: 'failure', code, message });
  const verbs: Record<string, (request: Asked) => Response> = {
    'taobao.qimen.deliveryorder.create': ({ deliveryOrder }) => {
      const { deliveryOrderCode: code, warehouseCode, ownerCode, receiverInfo, createTime } = deliveryOrder;
      if (ownerCode !== app.ownerCode || !warehouseCode) return failure('S001', '货主或仓库不存在');
      if (!(receiverInfo as { name?: string } | undefined)?.name) return failure('S002', '收件人姓名不能为空');
      if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(String(createTime))) return failure('S008', '创建时间不能为空');
      if (orders.has(code)) return failure('S004', '单据已存在');
      orders.set(code, { ...deliveryOrder, status: 'ACCEPT', at: now() });
      return success({ deliveryOrderId: `W${code}` });
    },
    'taobao.qimen.order.pending': ({ orderCode }) => {
      const order = orders.get(orderCode);
      if (!order) return failure('S003', '单据不存在');
      if (order.status !== 'ACCEPT') return failure('S005', '单据已拣货,不能挂起');
      orders.set(orderCode, { ...order, pending: true });
      return success();
    },
    'taobao.qimen.order.cancel': ({ orderCode }) => {
      const order = orders.get(orderCode);
      if (!order) return failure('S003', '单据不存在');
      if (!['ACCEPT', 'PICK'].includes(order.status)) return failure('S006', '单据已出库,不能取消');
      orders.set(orderCode, { ...order, status: 'CANCELED' });
      return success();
    },
    'taobao.qimen.deliveryorder.query': ({ orderCode, page, pageSize }) => {
      if (!page || !pageSize) return failure('S007', '分页参数不能为空');
      const order = orders.get(orderCode);
      return order ? success({ deliveryOrder: order }) : failure('S003', '单据不存在');
    },
  };
  return {
    orders,
    say: (text) => {
      said = text;
    },
    held: () => [...orders].map(([id, object]) => ({ id, object })),
    add: (_, at) => {
      const code = `SO-${orders.size + 1}-0`;
      const more = { remark: '', expressCode: 'SF0007', colour: 'green', at };
      orders.set(code, { deliveryOrderCode: code, status: 'ACCEPT', ...more });
      return code;
    },
    touch: (_, id, at) => void orders.set(id, { ...(orders.get(id) as DeliveryOrder), at }),
    handlers: [
      on.post('*/qimen', async ({ request }) => {
        const { searchParams } = new URL(request.url);
        const body = await request.text();
        if (said !== undefined) return new HttpResponse(said);
        if (!isSigned(searchParams, body)) return failure('sign-check-failure', 'Illegal request');
        const tree = parser.parse(body) as { request: Asked };
        return verbs[searchParams.get('method') ?? '']?.(tree.request) ?? failure('S000', 'no such method');
      }),
    ],
  };
}

function isSigned(parameters: URLSearchParams, body: string): boolean {
  const signed = [...parameters].filter(([name]) => name !== 'sign').sort(([a], [b]) => (a < b ? -1 : 1));
  const text = app.appSecret + signed.map(([name, value]) => name + value).join('') + body + app.appSecret;
  return parameters.get('sign') === createHash('md5').update(text).digest('hex').toUpperCase();
}
