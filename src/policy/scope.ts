// The scope of a policy: which orders it decides about at all, by sales channel and store.
import { z } from 'zod';
import { isTree } from '../model/own.ts';
import type { ConditionReading } from './condition/when.ts';
import { type Constraint, readConstraints } from './constraints.ts';
import { readYaml } from './yaml-source.ts';

export interface Scope {
  channel: string;
  store: string;
}

const any = '*';
export const everywhere: Scope = { channel: any, store: any };

const value = z.string().min(1).optional();
export const scopeShape = z
  .strictObject({
    channel: value.describe('That sales channel, exactly; "*", or left out: every one.'),
    store: value.describe('That store, exactly; "*", or left out: every one.'),
  })
  .describe('Orders that it decides about; all where it is left out. No order has two policies.');

/** @param written of a document; what has a fault is told by the grammar, and counts as everywhere */
export function readScope(written: unknown): Scope {
  const { channel = any, store = any } = scopeShape.safeParse(written).data ?? {};
  return { channel, store };
}

/** Of a stored document. */
export function scopeOfText(document: string): Scope {
  const source = readYaml(document);
  return readScope('tree' in source && isTree(source.tree) ? source.tree.scope : undefined);
}

const within = (wanted: string, said: string): boolean => wanted === any || wanted === said;

export const covers = ({ channel, store }: Scope, order: Scope): boolean =>
  within(channel, order.channel) && within(store, order.store);

const meets = (a: string, b: string): boolean => a === any || within(b, a);

/** Some order is in both. */
export const overlap = (a: Scope, b: Scope): boolean => meets(a.channel, b.channel) && meets(a.store, b.store);

export const isSameScope = (a: Scope, b: Scope): boolean => a.channel === b.channel && a.store === b.store;

export function scopeText({ channel, store }: Scope): string {
  const said = [
    ...(channel === any ? [] : [`channel ${JSON.stringify(channel)}`]),
    ...(store === any ? [] : [`store ${JSON.stringify(store)}`]),
  ];
  return said.length === 0 ? 'every order' : said.join(', ');
}

/** Its id among the constraints, which no other may have. */
export const scopeId = 'scope';

/** As a constraint: the proofs are about orders of the scope, and no others are decided about. @returns none of everywhere */
export function constraintOfScope({ channel, store }: Scope, reading: ConditionReading): Constraint[] {
  const parts = [
    ...(channel === any ? [] : [`order.channel == ${JSON.stringify(channel)}`]),
    ...(store === any ? [] : [`order.storeId == ${JSON.stringify(store)}`]),
  ];
  if (parts.length === 0) return [];
  return readConstraints({ constraints: [{ id: scopeId, must: parts.join(' && ') }] }, reading).map((one) => ({
    ...one,
    path: scopeId,
  }));
}
