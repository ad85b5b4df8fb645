// What a rule of the routing policy may do, and what each action asks of its slot and of the document.
import { z } from 'zod';

export const actionNames = [
  'hold',
  'notify.user',
  'warehouse.lock',
  'warehouse.allocate',
  'tag.add',
  'coupon.grant',
  'logistics.push',
] as const;
export type ActionName = (typeof actionNames)[number];

export interface ActionKind {
  /** Its own members beside the key. */
  with: z.ZodObject;
  /** What it decides where only one answer can be true: all actions of one target stand in one exclusive slot. */
  target?: 'warehouse' | 'shipment';
  /** It makes a record, whose id is the once-key of its slot. */
  makesRecord: boolean;
  /** Its key is the id of a warehouse, or one of these words. */
  key?: 'warehouse' | readonly string[];
  /** Facts that its effect reads beside the conditions. */
  reads: readonly string[];
}

const text = (about: string) => z.string().min(1).describe(about);
const nothing = z.strictObject({});
const template = text('Name of the template that the receiving system knows.');

export const actionKinds: Readonly<Record<ActionName, ActionKind>> = {
  hold: { with: nothing, makesRecord: false, reads: [] },
  'notify.user': {
    with: z.strictObject({ role: text('Who is told, by role.'), template }),
    makesRecord: true,
    reads: [],
  },
  'warehouse.lock': { with: nothing, target: 'warehouse', makesRecord: false, key: 'warehouse', reads: [] },
  'warehouse.allocate': {
    with: nothing,
    target: 'warehouse',
    makesRecord: false,
    key: ['nearest'],
    reads: ['order.handling', 'order.shipCountry', 'order.shipDivision'],
  },
  'tag.add': { with: nothing, makesRecord: false, reads: [] },
  'coupon.grant': { with: z.strictObject({ template }), makesRecord: true, reads: [] },
  'logistics.push': { with: nothing, target: 'shipment', makesRecord: true, reads: [] },
};
