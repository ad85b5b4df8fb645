import { sftp } from '../../../connectors/sftp/index.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { columns, type Partner, partner } from './partner.ts';
import { hostKey, password, username } from './sftp-server.ts';

const settings = (url: string, more: object = {}) => {
  const { hostname: host, port } = new URL(url);
  const records = {
    order: { in: { folder: '/orders', id: 'number' } },
    shipment: { out: { folder: '/shipments', columns } },
  };
  return { host, port: Number(port), hostKey, username, password, records, ...more };
};

const shipment = (fields: { number: string; carrier: string }) => ({
  body: JSON.stringify({ ...fields, shipTo: { name: 'Zoe Marlowe' } }),
  holds: { ...fields, 'shipTo.name': 'Zoe Marlowe' },
});

const file = 'a file says all there is: an empty cell is null, empty and absent';
const takenAway = 'a file is put away once it was read: nothing is asked for by time';

connectorContract({
  connector: sftp,
  settings,
  wrongCredentials: (url) => settings(url, { password: 'wrong' }),
  vendor: partner,
  serve: (vendor) => (vendor as Partner).serve(),
  writes: {
    shipment: {
      create: (n) => shipment({ number: `S-${n}`, carrier: 'DHL' }),
      update: () => shipment({ number: 'S-1', carrier: 'FedEx' }),
      refused: 'a folder takes whatever lies in it',
      missing: 'a folder does not know what the partner has',
      sparse: { null: file, empty: file, absent: file },
    },
  },
  reads: {
    order: { shows: (id) => ({ number: id, note: '' }), extra: { colour: 'green' }, match: 'it finds nothing' },
  },
  polls: { order: { cursorAt: takenAway, overlapMs: takenAway } },
  secrets: [password],
  personal: ['Zoe Marlowe'],
  httpRefusal: (words) => words,
});
