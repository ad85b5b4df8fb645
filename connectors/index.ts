// Every connector of this build. A test compares it with the folders beside it.
import type { Connector } from '../src/connector/contract.ts';
import { changelog } from './changelog/index.ts';
import { dingtalk } from './dingtalk/index.ts';
import { erpnext } from './erpnext/index.ts';
import { feed } from './feed/index.ts';
import { http } from './http/index.ts';
import { hubspot } from './hubspot/index.ts';
import { k3cloud } from './k3cloud/index.ts';
import { kafka } from './kafka/index.ts';
import { nats } from './nats/index.ts';
import { odoo } from './odoo/index.ts';
import { qimen } from './qimen/index.ts';
import { salesforce } from './salesforce/index.ts';
import { sapB1 } from './sap-b1/index.ts';
import { sftp } from './sftp/index.ts';
import { shipstation } from './shipstation/index.ts';
import { shopify } from './shopify/index.ts';
import { slack } from './slack/index.ts';
import { smtp } from './smtp/index.ts';
import { tryton } from './tryton/index.ts';
import { vendure } from './vendure/index.ts';
import { wecom } from './wecom/index.ts';
import { woocommerce } from './woocommerce/index.ts';

export const connectors: readonly Connector[] = [
  changelog,
  feed,
  http,
  vendure,
  dingtalk,
  erpnext,
  hubspot,
  k3cloud,
  kafka,
  nats,
  odoo,
  qimen,
  salesforce,
  sapB1,
  sftp,
  shipstation,
  shopify,
  slack,
  smtp,
  tryton,
  wecom,
  woocommerce,
];
