// The hub's side of the benches: its mappings take the bench's order, and bring its mark to all three systems.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { orderBytes, putOrder, putTemplate, readMark } from '../../bench/load/order-body.ts';
import { faultText } from '../../src/mapping/fault.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { parseMergeDocument } from '../../src/merge/document.ts';
import type { JsonObject, LosslessObject } from '../../src/model/json.ts';

const folder = 'bench/hub/mappings';
const receivers = ['crm', 'wms', 'erp'];
const loaded = await loadMappings(
  folder,
  ['shop', ...receivers].map((id) => ({ id, connector: 'http' })),
);

const sent = { record: 123, mark: 4567, timeMs: 1_795_410_000_000 };
const bytes = Buffer.alloc(orderBytes);
putTemplate(bytes, 0);
putOrder(bytes, 0, sent);

const mapping = (system: string) => {
  const found = loaded.mappings.get(system)?.get('order');
  if (!found) throw new Error(`no mapping of order for ${system}`);
  return found;
};
const canonical = (): JsonObject => {
  const { data } = JSON.parse(bytes.toString()) as { data: LosslessObject };
  const reading = mapping('shop').read(data, (_, id) => id);
  expect(reading.faults).toEqual([]);
  return reading.patch;
};

describe('the mappings of the bench', () => {
  it('have no faults', () => {
    expect(loaded.faults.map(faultText)).toEqual([]);
  });

  it('read every member of the order that is sent', () => {
    expect(canonical()).toMatchObject({
      ...{ number: 'SO-000000123', sellerNote: 'mark:000000123-000004567', status: 'open', paymentStatus: 'paid' },
      ...{ payable: { amount: 156_750, currency: 'CNY' }, shipTo: { city: '深圳市' } },
      lines: { 1: { sku: 'TEA-LONGJING-250G', quantity: 167, unitPrice: { amount: 25_000 } }, 2: {}, 3: {} },
    });
  });

  it.each(receivers)('write the mark and some 1 KB to %s', (system) => {
    const blank = { op: 'create', image: undefined, base: undefined } as const;
    const written = mapping(system).write({ ...blank, data: canonical(), lookup: (_, id) => id });
    expect(written.faults).toEqual([]);
    const payload = Buffer.from(JSON.stringify(written.body));
    expect(readMark(payload)).toEqual({ record: 123, mark: 4567 });
    expect(payload.length).toBeGreaterThan(700);
  });

  it('have a merge document without faults', () => {
    const file = `${folder}/order.merge.yaml`;
    expect(parseMergeDocument(readFileSync(file, 'utf8'), file)).not.toHaveProperty('faults');
  });
});
