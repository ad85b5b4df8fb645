// Orders as the engines are given them: every fact of the routing policy, chosen by a fixed seed.
import { allFacts } from '../../src/policy/facts.ts';
import { routingFacts } from '../../src/policy/routing/facts.ts';
import { seeded, upTo } from './seeded.ts';
import type { PlainOrder } from './table.ts';

const usual = Object.fromEntries(allFacts(routingFacts).map(({ member, usual: value }) => [member, value]));

export function ordersOf(count: number, seed: number): PlainOrder[] {
  const choose = seeded(seed);
  return upTo(count).map((at) => ({
    ...usual,
    id: `ord_${at}`,
    riskStatus: choose(['none', 'none', 'none', 'none', 'none', 'none', 'none', 'review']),
    onHold: choose([false, false, false, false, false, false, false, false, false, true]),
    paymentStatus: choose(['paid', 'paid', 'paid', 'authorized', 'unpaid']),
    payableMinor: choose(upTo(100)) * 1000,
    currency: choose(['CNY', 'CNY', 'USD', 'EUR']),
    handling: choose([[], [], ['cold_chain'], ['fragile'], ['cold_chain', 'fragile'], ['hazmat', 'battery']]),
    shipDivision: `${choose(upTo(55)) + 11}0000`,
    customerTier: choose(['', '', 'gold', 'silver', 'bronze']),
    totalQuantity: choose(upTo(50)) + 1,
  }));
}
