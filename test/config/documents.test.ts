// Mapping and merge documents loaded together: what an installation consists of, and all that is wrong with it.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDocuments } from '../../src/core/documents.ts';
import { faultText } from '../../src/mapping/fault.ts';
import { root } from '../architecture/sources.ts';
import { folderWith } from './folder.ts';

const system = (id: string, overlays: Record<string, unknown> = {}) => ({ id, connector: 'http', overlays });

const order = `
connector: http
record: order
payload: delta
identity: { id: id, match: [{ ours: number, theirs: no }] }
fields:
  - { ours: number, theirs: no }
  - { ours: buyerNote, theirs: memo }
`;
const merge = 'record: order\nunits:\n  note: { fields: [buyerNote], writers: [crm], resolve: latest }\n';

async function load(files: Record<string, string>, systems = [system('shop')]) {
  const folder = folderWith(files);
  const loaded = await loadDocuments({ mappings: folder, systems, configFile: 'syncline.yaml' });
  const near = (text: string) => text.replaceAll(`${folder}/`, '');
  return {
    ...loaded,
    faults: loaded.faults.map((one) => near(faultText(one))),
    warnings: loaded.warnings.map((one) => near(faultText(one))),
  };
}

describe('documents', () => {
  it('of the sandbox have no fault', async () => {
    const systems = ['shop', 'crm', 'wms', 'erp'].map((id) => ({
      id,
      connector: id === 'erp' ? 'feed' : 'http',
      overlays: {},
    }));
    const loaded = await loadDocuments({ mappings: join(root, 'mappings'), systems, configFile: 'syncline.yaml' });
    expect(loaded.faults.map(faultText)).toEqual([]);
    expect([...loaded.policies.keys()].sort()).toEqual([
      'coupon',
      'customer',
      'notification',
      'order',
      'refund',
      'return',
      'shipment',
    ]);
    expect([...(loaded.mappings.get('shop')?.keys() ?? [])].sort()).toEqual([
      ...['clawback', 'customer', 'label', 'order', 'refund', 'return'],
    ]);
    expect(loaded.documents).toHaveLength(16);
  });

  it('warn of a system that says what it may not write', async () => {
    const { warnings, faults } = await load({ 'shop/order.yaml': order, 'order.merge.yaml': merge });
    expect(faults).toEqual([]);
    expect(warnings).toContainEqual(expect.stringContaining('shop is no writer of buyerNote (those are crm, console)'));
  });

  it('warn of what only the hub itself writes, without a merge document', async () => {
    const held = `${order}  - { ours: warehouseId, theirs: wh }\n`;
    const { warnings } = await load({ 'shop/order.yaml': held });
    expect(warnings).toContainEqual(expect.stringContaining('shop is no writer of warehouseId'));
  });

  it('may name systems that are not configured', async () => {
    const { policies } = await load({ 'shop/order.yaml': order, 'order.merge.yaml': merge });
    expect([...(policies.get('order')?.unitOf('buyerNote').writers ?? [])]).toEqual(['crm', 'console']);
  });

  it('tell the faults of all of them at once', async () => {
    const { faults, policies, warnings } = await load(
      {
        'shop/order.yaml': order.replace('ours: buyerNote', 'ours: buyerNot'),
        'order.merge.yaml': merge.replace('resolve', 'reslove'),
        'customer.merge.yaml': 'record: customer\nunits: [\n',
        'notification.merge.yaml': 'record: notification\nunits: { a: { fields: [kind, 3], writers: [crm] } }\n',
        'ordr.merge.yaml': merge,
        'refund.merge.yaml': merge,
        'shipment.merge.yml': 'record: shipment\nunits: {}\n',
        'shipment.merge.yaml': 'record: shipment\nunits: {}\n',
      },
      [system('shop', { ordr: [] })],
    );
    expect(faults).toEqual([
      expect.stringMatching(/^shop\/order\.yaml: fields\[1\]\.ours: .*buyerNot/),
      expect.stringMatching(/^syncline\.yaml: systems\.shop\.mappings\.ordr: .*did you mean "order"\?/),
      expect.stringMatching(/^customer\.merge\.yaml: line 3: Flow sequence .* end with a \]$/),
      expect.stringMatching(/^notification\.merge\.yaml: units\.a\.fields\[1\]: /),
      expect.stringMatching(/^order\.merge\.yaml: units\.note\.reslove: .*did you mean "resolve"\?/),
      'ordr.merge.yaml: is not named after a record type (did you mean "order"?)',
      'refund.merge.yaml: record: is order, and the file is named after refund',
      'shipment.merge.yml: is a second document of shipment; shipment.merge.yaml is there already',
    ]);
    expect([...policies.keys()]).toEqual(['shipment']);
    // Who may write an order is not known: nothing is said about it.
    expect(warnings.filter((text) => text.includes('no writer'))).toEqual([]);
  });

  it('in a folder that is not there are one fault', async () => {
    const { faults } = await loadDocuments({ mappings: '/nowhere', systems: [system('shop')], configFile: 'x' });
    expect(faults.map(faultText)).toEqual(['/nowhere: there is no such folder; `mappings:` names it']);
  });
});
