// The facts of the routing policy: what it may ask of an order.
import { fieldAt } from '../../model/fields.ts';
import { type FactRow, type FactType, factTable } from '../facts.ts';

/** The words of the model: a status that it learns, conditions may ask for. */
const valuesOf = (path: string): readonly string[] => fieldAt('order', path)?.values ?? [];

const text: FactType = { kind: 'text' };
const bool: FactType = { kind: 'bool' };
const count: FactType = { kind: 'int', min: 0, max: Number.MAX_SAFE_INTEGER };
const oneOf = (path: string): FactType => ({ kind: 'enum', values: valuesOf(path) });

const rows: readonly FactRow[] = [
  ['id', text, 'ord_1', 'id of the order in the hub', '订单在中台的编号'],
  ['number', text, '1', 'number of the order', '订单号'],
  ['channel', text, '', 'sales channel, "" when unknown', '销售渠道，未知为空'],
  ['storeId', text, '', 'store, "" when unknown', '店铺，未知为空'],
  ['status', oneOf('status'), 'open', 'status of the order', '订单状态'],
  ['paymentStatus', oneOf('paymentStatus'), 'unpaid', 'status of the payment', '支付状态'],
  ['fulfillmentStatus', oneOf('fulfillmentStatus'), 'unfulfilled', 'how far the fulfillment is', '履约状态'],
  ['riskStatus', oneOf('riskStatus'), 'none', 'what the risk control says', '风控状态'],
  ['onHold', bool, false, 'a hold stands that this policy did not make', '存在非本策略产生的挂起'],
  ['payableMinor', count, 0, 'amount to pay, in minor units', '应付金额（最小货币单位）'],
  ['currency', text, 'CNY', 'currency of the order', '币种'],
  ['handling', { kind: 'set', values: valuesOf('lines.handling') }, [], 'handling that any line needs', '所需特殊处理'],
  ['shipCountry', text, 'CN', 'country to ship to, "" when unknown', '收货国家，未知为空'],
  ['shipDivision', text, '', 'division code to ship to, "" when unknown', '收货行政区划代码，未知为空'],
  ['lineCount', count, 1, 'number of lines', '行数'],
  ['totalQuantity', count, 1, 'sum of the quantities', '总件数'],
  ['customerTier', text, '', 'tier of the customer, "" for none', '客户等级，无则为空'],
  ['fulfillmentGeneration', count, 0, 'raised after a confirmed cancel', '履约代次，确认取消后递增'],
  ['holdSeq', count, 0, 'number of holds raised', '已产生的挂起次数'],
  ['hoursSincePaid', count, 0, 'whole hours since the payment, 0 while unpaid', '支付后小时数，未支付为 0'],
  ['addressChangedAfterPaid', bool, false, 'the address changed after the payment', '支付后改过地址'],
];

export const routingFacts = factTable({ order: rows });
