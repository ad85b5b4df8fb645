import { http } from '../../../connectors/http/index.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { natural, polling, safe } from './subjects.ts';

for (const subject of [safe, natural, polling]) connectorContract({ ...subject, connector: http });
