// Joins a connector to a test system by raw settings, the way the hub does.
import { type Connection, openConnection } from '../../src/connector/connection.ts';
import type { Connector, Send } from '../../src/connector/contract.ts';
import { readSettings } from '../../src/connector/settings.ts';

export const testNow = Date.parse('2026-11-24T10:00:00.000Z');

export interface TestOptions {
  timeoutMs?: number;
  connections?: number;
  now?: () => number;
}

export function connectTo(connector: Connector, rawSettings: unknown, options: TestOptions = {}): Connection {
  const reading = readSettings(connector.settings, rawSettings);
  if ('faults' in reading) throw new Error(JSON.stringify(reading.faults));
  const { connections = 4, now = () => testNow, timeoutMs = 5000 } = options;
  return openConnection({
    system: 'wms',
    connector,
    rawSettings,
    settings: reading.settings,
    connections,
    timeoutMs,
    now,
  });
}

export const aSend = (more: Partial<Send> = {}): Send => ({
  op: 'create',
  record: 'shipment',
  recordId: 'shp_1',
  key: 'wms:shipment:shp_1:7',
  body: '{"code": "SO-1", "qty": 12345678901234567890}',
  match: [{ field: 'number', value: 'SO-1' }],
  repeat: false,
  ...more,
});

export const anUpdate = (more: Partial<Send> = {}): Send => aSend({ op: 'update', externalId: 'W-7', ...more });
