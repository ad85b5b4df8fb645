import { feed } from '../../../connectors/feed/index.ts';
import { connectorContract } from '../../contract/connector.contract.ts';

const pulls = 'the hub is asked, so keys of the hub decide';

connectorContract({
  connector: feed,
  settings: () => ({}),
  wrongCredentials: pulls,
  vendor: () => ({ handlers: [], held: () => [], add: () => '', touch: () => undefined }),
  writes: {},
  reads: {},
  polls: {},
  secrets: [],
  personal: [],
  httpRefusal: () => '',
});
