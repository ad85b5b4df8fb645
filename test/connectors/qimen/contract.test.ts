import { qimen } from '../../../connectors/qimen/index.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { app, codes, warehouse } from './qimen-vendor.ts';

const settings = (url: string, more: object = {}) => ({ url: `${url}/qimen`, ...app, codes, ...more });

const order = (code: string, name: string) => ({
  deliveryOrder: { deliveryOrderCode: code, receiverInfo: { name, mobile: '13800138000', city: '杭州市' } },
  orderLines: { orderLine: [{ orderLineNo: '1', itemCode: 'A&<B>', planQty: '2' }] },
});

const noUpdate = 'the protocol has no update: an order is cancelled and made anew';

connectorContract({
  connector: qimen,
  settings,
  wrongCredentials: (url) => settings(url, { appSecret: 'nobody' }),
  vendor: warehouse,
  writes: {
    shipment: {
      create: (n) => {
        const made = order(`NEW-${n}-0`, '李雷');
        const match = [{ field: 'number', value: made.deliveryOrder.deliveryOrderCode }];
        return {
          body: JSON.stringify(made),
          match,
          holds: { ...made.deliveryOrder, status: 'ACCEPT', warehouseCode: 'OTHER' },
        };
      },
      update: noUpdate,
      refused: { op: 'create', body: JSON.stringify(order('BAD-0', '')), words: '收件人姓名不能为空 (S002)' },
      sparse: { null: noUpdate, empty: noUpdate, absent: noUpdate },
    },
  },
  reads: {
    shipment: {
      shows: (id) => ({
        deliveryOrder: { deliveryOrderCode: id, status: 'ACCEPT', remark: '', expressCode: 'SF0007' },
      }),
      extra: { deliveryOrder: { colour: 'green' } },
      match: (id) => [{ field: 'number', value: id }],
    },
  },
  polls: {},
  secrets: [app.appSecret],
  personal: ['李雷', '13800138000'],
  httpRefusal: (words) => JSON.stringify({ message: words }),
});
