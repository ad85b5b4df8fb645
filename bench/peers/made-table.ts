// Two hundred rules made by a fixed seed: two to four conditions each, a warehouse or a tag each.
import { type Chance, seeded, upTo } from './seeded.ts';
import type { Atom, TableRule } from './table.ts';

export function madeTable(count: number, seed: number): TableRule[] {
  const choose = seeded(seed);
  return upTo(count).map((at) => ({
    id: `r${at}`,
    how: 'all',
    atoms: upTo(choose([2, 3, 4])).map(() => atom(choose)),
    slots:
      at % 4 === 3
        ? [{ slot: 'tags', exclusive: false, key: `t${at % 20}` }]
        : [{ slot: 'warehouse', exclusive: true, key: `W${(at % 3) + 1}` }],
  }));
}

function atom(choose: Chance): Atom {
  const makers: readonly (() => Atom)[] = [
    () => ({
      fact: 'payableMinor',
      operator: choose(['atLeast', 'lessThan']),
      value: (choose(upTo(99)) + 1) * 1000,
    }),
    () => ({ fact: 'currency', operator: 'equal', value: choose(['CNY', 'USD', 'EUR']) }),
    () => ({ fact: 'shipDivision', operator: 'startsWith', value: String(choose(upTo(55)) + 11) }),
    () => ({ fact: 'handling', operator: 'has', value: choose(['cold_chain', 'fragile', 'hazmat', 'battery']) }),
    () => ({ fact: 'customerTier', operator: 'equal', value: choose(['gold', 'silver', 'bronze']) }),
    () => ({ fact: 'totalQuantity', operator: choose(['atLeast', 'lessThan']), value: choose(upTo(50)) + 1 }),
    () => ({ fact: 'paymentStatus', operator: 'equal', value: choose(['paid', 'authorized', 'unpaid']) }),
  ];
  return choose(makers)();
}
