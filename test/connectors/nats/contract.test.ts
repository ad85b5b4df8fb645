import { nats } from '../../../connectors/nats/index.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { publishContract } from '../../contract/publish.contract.ts';
import { maxPayload, type NatsModel, natsModel, password, username } from './nats-model.ts';

const settings = (port: number, more: object = {}) => ({
  servers: `nats://127.0.0.1:${port}`,
  auth: { username, password },
  ...more,
});
const stranger = { auth: { username, password: 'wrong' } };

connectorContract({
  connector: nats,
  settings: (url) => settings(Number(new URL(url).port)),
  wrongCredentials: (url) => settings(Number(new URL(url).port), stranger),
  vendor: natsModel,
  serve: (vendor) => (vendor as NatsModel).serve(),
  writes: {},
  reads: {},
  polls: {},
  secrets: [password],
  personal: ['Zoe Marlowe'],
  httpRefusal: (words) => words,
});

publishContract({
  connector: nats,
  tooLarge: { bytes: maxPayload, words: /has \d+ bytes, the server takes 16384 at most \(max_payload\)/ },
  open: async () => {
    const model = natsModel();
    const { port, close } = await model.serve();
    return {
      ...{ port, close, settings },
      wrongCredentials: (to) => settings(to, stranger),
      kept: async () => [...model.kept],
    };
  },
});
