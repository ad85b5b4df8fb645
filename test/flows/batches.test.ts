// A hub that dies while many records are on their way in one request: each is sent again as it was, and is made once.
import { afterEach, expect, it } from 'vitest';
import { credentials, hubspotAccount } from '../connectors/hubspot/hubspot-vendor.ts';
import { type Arrival, startMswServer } from '../connectors/msw-server.ts';
import { plainCustomer, source } from './documents.ts';
import { endAll, startAt, startHub } from './hub.ts';
import { until } from './until.ts';

afterEach(endAll);

const contact = {
  ...plainCustomer,
  fields: [plainCustomer.fields[0], { ours: 'name', theirs: 'properties.firstname' }],
};
const mappings = { 'http/customer.yaml': plainCustomer, 'hubspot/customer.yaml': contact };
const numbers = Array.from({ length: 60 }, (_, n) => `C-${n + 1}`);

interface Input {
  id: string;
  properties: object;
}
const inputsOf = ({ body }: Arrival): Input[] => JSON.parse(body).inputs;
const said = (arrivals: Arrival[]): Map<string, string> =>
  new Map(arrivals.flatMap(inputsOf).map(({ id, properties }) => [id, JSON.stringify(properties)]));

it('sends 60 contacts in few requests, and after a kill the same ones again', async () => {
  const account = hubspotAccount(Date.now);
  const server = await startMswServer(...account.handlers);
  // What arrives is never answered.
  server.fault(() => true);
  const settings = { url: server.url, accessToken: credentials.accessToken, poll: { every: '1h' } };
  const crm = { role: 'crm', connector: 'hubspot', settings };
  const hub = await startHub({ systems: { shop: source(), crm }, mappings });
  const changes = numbers.map((number) => ({
    record: 'customer',
    id: number,
    data: { id: number, number, name: 'Zoë' },
  }));
  await hub.ask('POST', '/v1/systems/shop/changes', { body: changes });
  await until('all are on their way', () => said(writes(server.arrivals)).size === numbers.length);
  const before = writes(server.arrivals.splice(0));
  expect(before.length).toBeLessThan(10);
  await hub.kill();
  server.fault(undefined);
  await startAt(hub.place);
  await until('all have arrived', () => account.held('customer').length === numbers.length);
  const after = writes(server.arrivals);
  expect(after.length).toBeLessThan(10);
  expect(said(after)).toEqual(said(before));
  await endAll();
  expect(
    account
      .held('customer')
      .map(({ object }) => object.syncline_number)
      .sort(),
  ).toEqual([...numbers].sort());
  await server.close();
});

const writes = (arrivals: Arrival[]): Arrival[] => arrivals.filter(({ url }) => url.endsWith('/batch/upsert'));
