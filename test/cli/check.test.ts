import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { read, root } from '../architecture/sources.ts';
import { shippedReturnsText } from '../policy/returns/shipped.ts';
import { shippedText } from '../policy/routing/shipped.ts';
import { openShell, plainConfig } from './shell.ts';

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
const documents = {
  'mappings/http/order.yaml': order,
  'mappings/erp/order.yaml': order,
  'mappings/order.merge.yaml': merge,
};

describe('check', () => {
  it('tells what maps where, and what is worth a look', async () => {
    const { code, out } = await openShell({ files: documents }).syncline('check');
    expect(code).toBe(0);
    expect(out).toContain('shop order (mappings/http/order.yaml)\n  number    ↔ no    same\n');
    expect(out).toMatch(/^ {2}mapped nowhere: .*status/m);
    expect(out).toMatch(/^warning: mappings\/http\/order\.yaml: fields\[1\]\.dir: shop is no writer of buyerNote/m);
    expect(out).toMatch(/2 mappings, \d+ warnings, no faults\n$/);
  });

  it('tells of the policies, whether their effects arrive anywhere, and whether they can be repeated', async () => {
    const coupon = (text: string) => text.replace('record: order', 'record: coupon').replace('buyerNote', 'template');
    const shop = `http, settings: { url: "http://shop", repeatSafe: "no", records: { coupon: { create: POST /c } } } }`;
    const files = {
      ...documents,
      'syncline.yaml': `${plainConfig.replace(/http, settings.*/, shop)}policies: policies\n`,
      'mappings/http/coupon.yaml': coupon(order)
        .replace(/ {2}- \{ ours: number.*\n/, '')
        .replace(', match: [{ ours: number, theirs: no }]', ''),
      'policies/routing.yaml': shippedText,
      'policies/warehouses.yaml': read('policies/warehouses.yaml'),
    };
    const { code, out } = await openShell({ files }).syncline('check');
    expect(out).toContain('routing policy (policies/routing.yaml)\n  rules       risk-hold, cold-chain,');
    expect(out).toMatch(/^warning: policies\/routing.yaml: tiers\[4\]\.rules\[0\]\.do: no system gets a shipment/m);
    expect(out).toMatch(/^warning: policies\/routing.yaml: tiers\[3\]\.rules\[0\]\.do: no system gets tags/m);
    expect(out).toMatch(
      /^fault: policies\/routing.yaml: tiers\[3\]\.rules\[0\]\.do: shop knows neither our key.* \[S9\]$/m,
    );
    expect(out).toMatch(/, 1 policy, \d+ warnings, 1 fault\n$/);
    expect(code).toBe(1);
  });

  it('tells of what returns make, whether it arrives, can be repeated, and is known there', async () => {
    const of = (record: string, pair: string) =>
      `connector: http\nrecord: ${record}\npayload: delta\nidentity: { id: id }\nfields:\n  - ${pair}\n`;
    const table =
      '{ ours: template, theirs: tpl, dir: out, codec: { enum: { out: { return-evidence: T-1, return-identity: T-2 } } } }';
    const shop = `http, settings: { url: "http://shop", repeatSafe: "no", records: { refund: { create: POST /r }, notification: { create: POST /n } } } }`;
    const files = {
      ...documents,
      'syncline.yaml': `${plainConfig.replace(/http, settings.*/, shop)}policies: policies\n`,
      'mappings/http/refund.yaml': of('refund', '{ ours: number, theirs: no, dir: out }'),
      'mappings/http/notification.yaml': of('notification', table),
      'policies/routing.yaml': shippedText,
      'policies/warehouses.yaml': read('policies/warehouses.yaml'),
      'policies/returns.yaml': shippedReturnsText,
    };
    const linesOf = (out: string) => out.split('\n').filter((line) => line.includes('policies/returns.yaml'));
    const { code, out } = await openShell({ files }).syncline('check');
    expect(linesOf(out)).toEqual([
      'warning: policies/returns.yaml: no system gets a label: what a return makes of it stays in the hub',
      'warning: policies/returns.yaml: no system gets a restock: what a return makes of it stays in the hub',
      'warning: policies/returns.yaml: no system gets a clawback: what a return makes of it stays in the hub',
      expect.stringMatching(/^fault: .* for a refund: .*, or acceptUnproven: { refund: <reason> } \[S9\]$/),
      expect.stringMatching(/^fault: .* for a notification: .* \[S9\]$/),
      expect.stringMatching(/^fault: .*shop has no template "return-ship-back" for a notification; .* \[S1\]$/),
    ]);
    expect(code).toBe(1);
    const accepted = 'acceptUnproven: { notification: a second one does no harm, refund: a person looks at each }';
    const waived = {
      ...files,
      'policies/returns.yaml': shippedReturnsText.replace(/^evidence:/m, `${accepted}\nevidence:`),
      'mappings/http/notification.yaml': of('notification', table.replace('out: {', 'out: { return-ship-back: T-3,')),
    };
    expect((await openShell({ files: waived }).syncline('check')).out).not.toMatch(/fault: policies\/returns/);
    const strange = {
      ...files,
      'policies/returns.yaml': waived['policies/returns.yaml'].replace('{ notification:', '{ gift:'),
    };
    expect((await openShell({ files: strange }).syncline('check')).out).toMatch(
      /acceptUnproven.*gift|gift.*acceptUnproven/,
    );
  });

  it('knows the templates of a system from the table of its mapping', async () => {
    const table = `{ ours: template, theirs: tpl, dir: out, codec: { enum: { out: { AFTERSALE-CARDS: C-7, WELCOME: C-1 } } } }`;
    const shop = `http, settings: { url: "http://shop", records: { coupon: { create: POST /c } } } }`;
    const files = {
      ...documents,
      'syncline.yaml': `${plainConfig.replace(/http, settings.*/, shop)}policies: policies\n`,
      'mappings/http/coupon.yaml': `connector: http\nrecord: coupon\npayload: delta\nidentity: { id: id }\nfields:\n  - ${table}\n`,
      'policies/routing.yaml': shippedText,
      'policies/warehouses.yaml': read('policies/warehouses.yaml'),
    };
    const { code, out } = await openShell({ files }).syncline('check');
    expect(out).toMatch(
      /^fault: policies\/routing.yaml: tiers\[3\]\.rules\[0\]\.do: shop has no template "AFTERSALE-CARD" for a coupon; did you mean "AFTERSALE-CARDS"\. .* \[S1\]$/m,
    );
    expect(code).toBe(1);
    const known = {
      ...files,
      'mappings/http/coupon.yaml': files['mappings/http/coupon.yaml'].replace('CARDS', 'CARD'),
    };
    expect((await openShell({ files: known }).syncline('check')).out).not.toContain('has no template');
  });

  it('finds nothing wrong with the sandbox', async () => {
    const { code, out } = await openShell().syncline('check', '--quiet', '--config', join(root, 'syncline.yaml'));
    expect({ code, out }).toEqual({ code: 0, out: '' });
  });

  it('tells the faults of configuration, mappings and merge documents at once', async () => {
    const files = {
      'syncline.yaml': plainConfig.replace('listen', 'listne').replace('url: "http://shop"', `url: "\${SHOP_URL}"`),
      ...documents,
      'mappings/erp/order.yaml': order.replace('ours: buyerNote', 'ours: buyerNot'),
      'mappings/order.merge.yaml': merge.replace('writers', 'riters'),
    };
    const { code, out } = await openShell({ files }).syncline('check', '--quiet');
    expect(code).toBe(1);
    expect(out.trimEnd().split('\n')).toEqual([
      'fault: syncline.yaml: systems.shop.settings.url: the environment has no SHOP_URL; set it',
      'fault: syncline.yaml: listne: unknown member "listne"; did you mean "listen"?',
      expect.stringMatching(/^fault: mappings\/erp\/order\.yaml: fields\[1\]\.ours: "buyerNot" is no field of order/),
      expect.stringMatching(/^fault: mappings\/order\.merge\.yaml: units\.note\.riters: .*did you mean "writers"\?/),
    ]);
  });

  it('answers with JSON', async () => {
    const shell = openShell({ files: documents });
    const told = (await shell.json('check')) as { mappings: unknown[]; warnings: unknown[]; faults: unknown[] };
    expect(told.faults).toEqual([]);
    expect(told.mappings).toContainEqual(expect.objectContaining({ system: 'shop', record: 'order' }));
    expect(told.warnings.length).toBeGreaterThan(0);
    expect(await shell.json('check', '--quiet')).toEqual({ faults: [] });
  });

  it('tells a warning once that two systems share', async () => {
    const config = `${plainConfig}  second: { role: order, connector: http, settings: { url: "http://two" } }\n`;
    const files = {
      ...documents,
      'syncline.yaml': config,
      'mappings/http/order.yaml': order.replace(
        '{ ours: number, theirs: no }\n  -',
        '{ ours: sellerNote, theirs: no }\n  -',
      ),
    };
    const { out } = await openShell({ files }).syncline('check');
    const missing = out
      .split('\n')
      .filter((line) => line.includes('mappings/http/order.yaml: fields: nothing comes in'));
    expect(missing).toHaveLength(1);
  });
});
