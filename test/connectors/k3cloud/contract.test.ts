import { k3cloud } from '../../../connectors/k3cloud/index.ts';
import type { Sample } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { credentials, type K3Cloud, k3Cloud } from './k3cloud-vendor.ts';

const json = (body: object, holds: object = body): Sample => ({ body: JSON.stringify(body), holds, match: [] });

const FCustId = { FNumber: 'C001' };
const personal = 'for Zoë Marlowe';
const { acctId, username } = credentials;
const noOthers = 'K3Cloud knows no difference between nothing and an empty text';

connectorContract({
  connector: k3cloud,
  vendor: k3Cloud,
  writes: {
    order: {
      create: (n: number): Sample => {
        const FSaleOrderEntry = [
          { FSeq: 1, FMaterialId: { FNumber: 'LAMP-001' }, FQty: 2 },
          { FSeq: 2, FMaterialId: { FNumber: 'CHAIR-002' }, FQty: 1 },
        ];
        const body = { FBillNo: `NEW-${n}`, FNote: personal, FSaleOrderEntry, FDocumentStatus: 'C' };
        return json({ ...body, FDate: '2026-11-23T20:00:00.000Z' }, { ...body, FCustId, FDate: '2026-11-24' });
      },
      update: () => json({ FNote: 'by the back door', FDocumentStatus: 'C' }),
      refused: (id: string, vendor: object) => {
        (vendor as K3Cloud).edit(id, { FDocumentStatus: 'D' });
        return { op: 'update' as const, body: JSON.stringify({ FNote: 'x'.repeat(256) }), words: '字段"备注"超过长度' };
      },
      sparse: {
        null: 'an order that was audited takes no changes',
        empty: noOthers,
        absent: json({}, { FNote: 'by the back door' }),
      },
    },
  },
  reads: {
    order: {
      shows: (id: string) => ({
        ...{ id, FID: Number(id), FNote: null, FCustId, FDocumentStatus: 'A' },
        FSaleOrderEntry: [{ FSeq: 1, FMaterialId: { FNumber: 'LAMP-001' }, FQty: 3 }, { FSeq: 2 }],
      }),
      extra: 'fields of an installation are named by the settings',
      match: (id: string, vendor: object) => [{ field: 'number', value: (vendor as K3Cloud).order(id).FBillNo }],
    },
  },
  polls: { order: { cursorAt: (ms: number) => new Date(ms).toISOString(), overlapMs: 120_000 } },
  personal: [personal],
  httpRefusal: (message: string) => JSON.stringify({ Message: message, message }),
  settings: (url) => ({ url: `${url}/k3cloud`, ...credentials, order: { FCustId }, pageSize: 3 }),
  wrongCredentials: (url) => ({ url: `${url}/k3cloud`, acctId, username, password: 'nothing' }),
  secrets: [credentials.password],
});
