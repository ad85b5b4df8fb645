// What rests on somebody else's word is told when a hub starts, and when it is checked.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { http } from '../../connectors/http/index.ts';
import { startHub } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { createLog } from '../../src/log.ts';
import { folderWith } from '../config/folder.ts';

const link = 'https://example.com/orders';
const doubtful = defineConnector({
  ...http,
  name: 'hearsay',
  operations: [
    { name: 'GET /orders', does: 'read', source: 'recorded', link },
    { name: 'GET /holds', does: 'read', source: 'third_party', link },
  ],
});

it('is told at the start, by system and operation', async () => {
  const folder = folderWith({
    'syncline.yaml':
      'listen: 127.0.0.1:0\nsystems:\n  wms: { role: wms, connector: hearsay, settings: { url: "http://127.0.0.1:9" } }\n',
    'mappings/hearsay/order.yaml':
      'connector: hearsay\nrecord: order\npayload: delta\nidentity: { id: id }\nfields: [{ ours: number, theirs: no, dir: in }]\n',
  });
  const config = await loadConfig(join(folder, 'syncline.yaml'), { env: {}, connectors: [doubtful] });
  const lines: string[] = [];
  const log = createLog({ level: 'warn', to: { write: (line: string) => void lines.push(line) } });
  const hub = await startHub(config, { log, version: 'test', oneThread: true });
  hub.stop('the test is over');
  expect(await hub.stopped).toBe(0);
  const told = lines.map((line) => JSON.parse(line) as { system?: string; msg: string });
  expect(told.filter(({ system }) => system === 'wms').map(({ msg }) => msg)).toEqual([
    expect.stringMatching(/^the read "GET \/holds" of the connector hearsay is known from other people's code only/),
  ]);
});
