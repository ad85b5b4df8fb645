// The four tiers that the hub ships, for the peers: what policies/routing.yaml says in one document.
import type { TableRule } from './table.ts';

const cold = { fact: 'handling', operator: 'has', value: 'cold_chain' } as const;
const fragile = { fact: 'handling', operator: 'has', value: 'fragile' } as const;
const warehouse = (key: string) => [{ slot: 'warehouse', exclusive: true, key }];

export const shippedTable: readonly TableRule[] = [
  {
    id: 'risk-hold',
    how: 'any',
    atoms: [
      { fact: 'riskStatus', operator: 'in', value: ['review', 'blocked'] },
      { fact: 'onHold', operator: 'equal', value: true },
    ],
    slots: [
      { slot: 'flow', exclusive: true, key: 'hold' },
      { slot: 'notify', exclusive: false, key: 'supervisor' },
    ],
    halt: true,
  },
  { id: 'cold-chain', how: 'all', atoms: [cold], slots: warehouse('WH-COLD-01') },
  { id: 'fragile', how: 'all', atoms: [fragile], slots: warehouse('WH-FRAGILE-01') },
  { id: 'allocate', how: 'none', atoms: [cold, fragile], slots: warehouse('nearest'), otherwise: true },
  {
    id: 'vip',
    how: 'all',
    atoms: [
      { fact: 'payableMinor', operator: 'atLeast', value: 50000 },
      { fact: 'currency', operator: 'equal', value: 'CNY' },
    ],
    slots: [
      { slot: 'tags', exclusive: false, key: 'vip' },
      { slot: 'benefits', exclusive: false, key: 'after-sale-card' },
    ],
  },
  {
    id: 'push',
    how: 'all',
    atoms: [{ fact: 'paymentStatus', operator: 'equal', value: 'paid' }],
    slots: [{ slot: 'logistics', exclusive: true, key: 'default' }],
  },
];
