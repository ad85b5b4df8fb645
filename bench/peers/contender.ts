// What every engine must answer for an order: which rule fills each slot, and what became of each rule.
import type { PlainOrder } from './table.ts';

/** Slot → ids of the rules whose proposals it holds, in the order of the rules. */
export type Answer = Readonly<Record<string, readonly string[]>>;

/** @typeParam Facts an order as this engine takes it, built before the clock starts */
export interface Contender<Facts = unknown> {
  name: string;
  build(order: PlainOrder): Facts;
  /** Decides these orders, one after the other, with slots and trace. */
  run(orders: readonly Facts[]): Promise<void>;
  /** The same decision in comparable words: all must agree before anything is measured. */
  answer(order: Facts): Promise<Answer>;
}
