// Orders and customers in the words of the sandbox systems.

export const addressA = {
  name: '李雷',
  phone: '+8613800000000',
  country: 'CN',
  province: '上海市',
  city: '上海市',
  district: '浦东新区',
  street: '老街 1 号',
  zip: '200120',
};
export const addressB = { ...addressA, street: '新街 9 号' };
export const addressC = { ...addressA, street: '第三街 3 号' };

export const shopOrder = (more: object = {}): Record<string, unknown> => ({
  id: '1001',
  order_number: 'SO-1001',
  state: 'open',
  payment: 'paid',
  placed_at: '2026-11-23T04:00:00Z',
  updated_at: '2026-11-23T04:00:00Z',
  currency: 'CNY',
  total: '520.00',
  ship_to: addressA,
  note: 'Please ring twice, then leave the parcel with the neighbour on the left',
  items: [{ line: '1', sku: 'TEA-1', name: 'Tea', qty: 2, price: '260.00', total: '520.00' }],
  ...more,
});
