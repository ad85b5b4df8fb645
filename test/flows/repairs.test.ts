// What a person puts right, and what is said so that a person can.
import { afterEach, describe, expect, it } from 'vitest';
import { orderChange, plainMappings, source, target } from './documents.ts';
import { endAll, startHub } from './hub.ts';
import { closeSystems, startSystem } from './system.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

describe('a create of which nobody knows whether it was done', () => {
  it('is sent anew once a person has looked and released it', async () => {
    const wms = await startSystem();
    const to = target(wms, { settings: { repeatSafe: 'no' }, order: { find: undefined } });
    const hub = await startHub({ systems: { shop: source(), wms: to }, mappings: plainMappings });
    wms.reply = () => 'lost';
    const { id } = await hub.say('shop', orderChange('SO-1'));
    await hub.replicaIs(id, 'wms', 'unclear');
    wms.reply = undefined;
    await hub.post(`/v1/records/order/${id}/replicas/wms/release`, { reason: 'it is not there' });
    await hub.replicaIs(id, 'wms', 'synced');
  });
});

describe('an unknown word', () => {
  it('is named, with the one that was probably meant', async () => {
    const hub = await startHub({ systems: { shop: source() }, mappings: plainMappings });
    const said = await hub.say('shop', orderChange('SO-ENUM', { status: 'cancelld' }));
    expect(said.refused?.[0]?.message).toContain('"cancelld" is not in the table; did you mean "cancelled"?');
  });
});
