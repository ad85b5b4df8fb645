// The records that once-only effects of a return make: a label, a refund, a restock, a clawback, a notification.
import type { JsonObject } from '../../model/json.ts';
import type { RecordType } from '../../model/records.ts';
import type { ReturnEffect } from '../../policy/returns/life/effects.ts';
import type { ReturnAbout } from './life.ts';

type MadeEffect = Exclude<ReturnEffect, { record: 'task' }>;

/** Numbers that every system can hold: that of the return, and which of its effects it is. */
export function effectRecord(
  effect: MadeEffect,
  { number, currency, orderId }: ReturnAbout,
): { type: RecordType; id: string; data: JsonObject } {
  const { record: type, id, returnId } = effect;
  const made = (data: JsonObject) => ({ type, id, data: { ...data, returnId } });
  switch (effect.record) {
    case 'label':
      return made({ number: `${number}-L`, status: 'requested' });
    case 'refund': {
      const { seq, amountMinor: amount } = effect;
      return made({
        ...{ number: `${number}-R${seq}`, seq, amount: { amount, currency }, method: 'original' },
        status: 'submitted',
      });
    }
    case 'restock': {
      const { orderLine, quantity } = effect;
      return made({ number: `${number}-S${orderLine}`, orderLine, quantity, status: 'requested' });
    }
    case 'clawback': {
      const place = id.slice(id.lastIndexOf('/') + 1);
      const amount = { amount: effect.amountMinor, currency };
      return made({ number: `${number}-C${place}`, amount, status: 'requested' });
    }
    case 'notification': {
      const { template, text } = effect;
      return made({ key: id, template, role: 'customer', orderId, text: { en: text.en, zh: text.zh } });
    }
  }
}
