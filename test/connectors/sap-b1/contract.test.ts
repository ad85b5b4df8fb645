import { sapB1 } from '../../../connectors/sap-b1/index.ts';
import type { Sample } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { credentials, refusal, serviceLayer, timeZone } from './sap-vendor.ts';

const json = (body: object, holds: object = body): Sample => ({ body: JSON.stringify(body), holds, match: [] });

const address = { AddressName2: 'Zoë Marlowe', Street: '4 Birch Lane', City: 'Sampleton', Country: 'DE' };
const Phone1 = '+49 30 0000004';

connectorContract({
  connector: sapB1,
  vendor: serviceLayer,
  settings: (url) => ({ url, ...credentials, timeZone, pageSize: 3 }),
  wrongCredentials: (url) => ({ url, companyDb: 'SHOP', login: { username: 'hub', password: 'nothing' }, timeZone }),
  writes: {
    customer: {
      create: (n) => {
        const body = { CardCode: `NEW-${n}`, CardName: 'Zoë Marlowe', Phone1 };
        return json({ ...body, address }, { ...body, CardType: 'cCustomer', place: address });
      },
      update: () => json({ Phone1, Website: 'https://example.com', address }, { Phone1, place: address }),
      refused: { op: 'update', body: '{"GroupCode":7}', words: "'7' is not a valid business partner group" },
      sparse: {
        null: json({ Website: null }),
        empty: json({ Website: '' }),
        absent: json({ FreeText: 'new' }, { FreeText: 'new', Phone1, place: address }),
      },
    },
  },
  reads: {
    customer: {
      shows: (id) => ({ id, CardCode: id, EmailAddress: null, FreeText: '', address: null, updated_at: null }),
      extra: { U_Mark: 'x' },
      match: (id) => [{ field: 'number', value: id }],
    },
  },
  polls: {
    customer: {
      cursorAt: (ms) => {
        const at = new Date(ms).toISOString();
        return JSON.stringify({ created_at: at, updated_at: at });
      },
      overlapMs: 120_000,
    },
  },
  secrets: [credentials.login.password],
  personal: ['Zoë Marlowe', '4 Birch Lane', Phone1],
  httpRefusal: (message) => JSON.stringify(refusal('-5002', message)),
});
