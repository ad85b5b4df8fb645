// What the maker of a connector package is given: `import { connectorContract, kit } from 'syncline/conformance'`.
export { kit } from '../../src/connector/kit.ts';
export { connectorContract } from './connector.contract.ts';
