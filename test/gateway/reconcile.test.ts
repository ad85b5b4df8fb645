// Comparing a system with the records, over HTTP: begun once, told at any time, and no typo passes.
import { expect, it } from 'vitest';
import { createHub, json } from './hub.ts';

const hub = createHub();
const wms = '/v1/systems/wms/reconcile';

it('is begun, and answered at once with how far it has come', async () => {
  const response = await hub.send(wms, json({ record: 'order', repair: true }));
  expect(response.status).toBe(202);
  expect(await response.json()).toMatchObject({
    ...{ system: 'wms', state: 'running', by: 'root', repair: true, drift: 1, repaired: 0 },
    records: [{ record: 'order', checked: 4, expected: 5, drift: 1, fields: { shipTo: 1 } }],
    found: [
      { record: 'order', id: 'ord_1', externalId: 'W-7', verdict: 'differs', fields: ['shipTo'], repaired: null },
    ],
  });
});

it('is told of at any time, also before the first one', async () => {
  expect(await (await hub.send(wms)).json()).toMatchObject({ state: 'running', startedAt: '1970-01-01T00:00:00.000Z' });
  expect(await (await hub.send('/v1/systems/erp/reconcile')).json()).toMatchObject({
    ...{ state: 'never', by: null, startedAt: null, records: [], found: [] },
  });
});

it('is refused where it cannot be: a system, a type, a member that is not there, one under way', async () => {
  const statusOf = async (path: string, body: object) => (await hub.send(path, json(body))).status;
  expect(await statusOf('/v1/systems/wsm/reconcile', {})).toBe(404);
  expect(await statusOf(wms, { repiar: true })).toBe(400);
  expect(await statusOf('/v1/systems/shop/reconcile', {})).toBe(409);
  const response = await hub.send(wms, json({ record: 'shipment' }));
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    faults: [{ path: '/record', message: expect.stringContaining('order') }],
  });
});
