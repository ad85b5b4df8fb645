// Puts the systems and the hub on the stage and takes them off again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Document } from 'yaml';
import { type Crm, startCrm } from '../crm.ts';
import { type Erp, startErp } from '../erp.ts';
import { type Shop, startShop } from '../shop.ts';
import { startWms, type Wms } from '../wms.ts';
import { sandboxSettings, writeConfiguration } from './configuration.ts';
import { createHubClient, type HubClient } from './hub-client.ts';
import { type HubProcess, startHub } from './hub-process.ts';

export interface Systems {
  shop: Shop;
  crm: Crm;
  wms: Wms;
  erp: Erp;
}

export interface Stage extends Systems {
  hub: HubClient;
  url: string;
  process: HubProcess;
  close(): Promise<void>;
}

/** Keys of the demo's hub: each opens just what its owner needs. */
export const demoKeys = { erp: 'demo-erp-key', ops: 'demo-ops-key', vendure: 'demo-vendure-key' };
const keyList = `erp:feed+intake=${demoKeys.erp};ops:operate+read+pii+metrics=${demoKeys.ops};vendure:intake=${demoKeys.vendure}`;

export interface SystemsOptions {
  /** The ports of syncline.yaml; else free ones. */
  fixedPorts: boolean;
  erpPollsEveryMs: number;
}

export async function startSystems({ fixedPorts, erpPollsEveryMs }: SystemsOptions): Promise<Systems> {
  const doorOf = (system: 'shop' | 'crm' | 'wms') => {
    const { port, token } = sandboxSettings(system);
    return { token, port: fixedPorts ? port : 0 };
  };
  return {
    shop: await startShop(doorOf('shop')),
    crm: await startCrm(doorOf('crm')),
    wms: await startWms(doorOf('wms')),
    erp: await startErp({ everyMs: erpPollsEveryMs }),
  };
}

export function connect({ shop, crm, wms, erp }: Systems, url: string): void {
  shop.connect({ url, secret: sandboxSettings('shop').secret });
  crm.connect({ url, secret: sandboxSettings('crm').secret });
  wms.connect({ url, secret: sandboxSettings('wms').secret });
  erp.connect({ url, system: 'erp', key: demoKeys.erp });
}

export const closeSystems = async ({ shop, crm, wms, erp }: Systems): Promise<void> =>
  void (await Promise.all([shop.close(), crm.close(), wms.close(), erp.close()]));

/** @param change what this story has otherwise in its configuration */
export async function setStage(change: (document: Document) => void): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const systems = await startSystems({ fixedPorts: false, erpPollsEveryMs: 250 });
  const { shop, crm, wms } = systems;
  const config = writeConfiguration({ folder, urls: { shop: shop.url, crm: crm.url, wms: wms.url } }, change);
  const hub = await startHub(config, keyList);
  connect(systems, hub.url);
  return {
    ...systems,
    hub: createHubClient(hub.url, demoKeys.ops),
    url: hub.url,
    process: hub,
    close: () => closeSystems(systems),
  };
}
