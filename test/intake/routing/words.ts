// The shipped policy in force, and the milk powder of 520 CNY.
import { type ActiveRouting, activeRouting } from '../../../src/policy/routing/active.ts';
import { addressA } from '../../core/words.ts';
import { shippedPolicy, shippedWarehouses } from '../../policy/routing/shipped.ts';

/** @param edit turns the text of the shipped policy into that of another */
export const inForce = (edit?: (text: string) => string, version = 1): ActiveRouting =>
  activeRouting(shippedPolicy(edit), version, shippedWarehouses());

export const milkPowder = (more: object = {}): { record: 'order'; data: Record<string, unknown> } => ({
  record: 'order',
  data: {
    ...{ id: '1001', order_number: 'SO-1001', state: 'open', payment: 'paid', currency: 'CNY', total: '520.00' },
    ...{ placed_at: '2026-11-23T04:00:00Z', paid_at: '2026-11-23T04:01:00Z', updated_at: '2026-11-23T04:01:00Z' },
    ship_to: addressA,
    items: [
      { line: '1', sku: 'MILK-1', name: 'Milk powder', qty: 2, price: '260.00', total: '520.00', care: ['cold_chain'] },
    ],
    ...more,
  },
});
