import { kafka } from '../../../connectors/kafka/index.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { publishContract } from '../../contract/publish.contract.ts';
import { type KafkaModel, kafkaModel, maxBytes, password, username } from './kafka-model.ts';

const auth = { mechanism: 'plain', username, password };
const settings = (port: number, more: object = {}) => ({ brokers: `127.0.0.1:${port}`, auth, ...more });
const stranger = { auth: { ...auth, password: 'wrong' } };

connectorContract({
  connector: kafka,
  settings: (url) => settings(Number(new URL(url).port)),
  wrongCredentials: (url) => settings(Number(new URL(url).port), stranger),
  vendor: kafkaModel,
  serve: (vendor) => (vendor as KafkaModel).serve(),
  writes: {},
  reads: {},
  polls: {},
  secrets: [password],
  personal: ['Zoe Marlowe'],
  httpRefusal: (words) => words,
});

publishContract({
  connector: kafka,
  tooLarge: { bytes: maxBytes, words: /\(\d+ bytes\) is refused by the topic syncline\.order: .*MESSAGE_TOO_LARGE/ },
  open: async () => {
    const model = kafkaModel();
    const { port, close } = await model.serve();
    return {
      ...{ port, close },
      settings: (to, more) => {
        // The library goes where Metadata sends it: through the gate too.
        model.advertised = to;
        return settings(to, more);
      },
      wrongCredentials: (to) => settings(to, stranger),
      kept: async () => [...model.kept],
    };
  },
});
