import { type AddressInfo, connect } from 'node:net';
import { createServer, type Server } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kafka } from '../../../connectors/kafka/index.ts';
import type { StreamEvent } from '../../../src/connector/contract.ts';
import type { WireServer } from '../../contract/connector/subject.ts';
import { connectTo } from '../connect.ts';
import { type KafkaModel, kafkaModel, password, username } from './kafka-model.ts';

/** Made for this test, signed by itself, for localhost. It guards nothing. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwpWxZZ52IuVSMEDf
vHVuuy0rsrY3CphY4+uAMYhnQVehRANCAAR8RRMm2ttSvtG8T9wvDfM2Rx6m9yge
wXsCBTKj7/wHIDlfnZsydYYbbmEnuH7zmgNayuAIHRmosB0c1RFC/YRO
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUDHMuEZymeymasHb4EpZ01/Oc9BkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjE2NDMwMloYDzIxMjYxMTAy
MTY0MzAyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR8RRMm2ttSvtG8T9wvDfM2Rx6m9ygewXsCBTKj7/wHIDlfnZsydYYb
bmEnuH7zmgNayuAIHRmosB0c1RFC/YROo2kwZzAdBgNVHQ4EFgQUw8br9D+qHGqj
ymYW+m77oekdDyYwHwYDVR0jBBgwFoAUw8br9D+qHGqjymYW+m77oekdDyYwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIhAP1GKyLzBVCOkUO5yQ2hssDsEYPVtVH0h4RsVFKz8C2uAiBlH/az2zGd
jbmBkXnA65y/I776CaG4zy1uljtLASnzOA==
-----END CERTIFICATE-----`;

let model: KafkaModel;
let broker: WireServer;
let front: Server;

beforeEach(async () => {
  model = kafkaModel();
  broker = await model.serve();
  front = createServer({ key, cert }, (client) => {
    const inner = connect(broker.port, '127.0.0.1');
    client.on('error', () => inner.destroy()).on('close', () => inner.destroy());
    inner.on('error', () => client.destroy());
    client.pipe(inner).pipe(client);
  });
  front.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => front.listen(0, 'localhost', resolve));
  model.advertised = (front.address() as AddressInfo).port;
  model.host = 'localhost';
});
afterEach(async () => {
  await broker.close();
  await new Promise((resolve) => front.close(resolve));
});

const event: StreamEvent = {
  ...{ id: 'e1:1', record: 'order', recordId: 'ord_1', op: 'updated', source: 'shop' },
  body: '{}',
};

async function publish(more: object) {
  const auth = { mechanism: 'plain', username, password };
  const connection = connectTo(kafka, { brokers: `localhost:${model.advertised}`, auth, ...more });
  const done = await kafka.publish?.([event], connection.context());
  await connection.destroy();
  return done;
}

it('events go to a broker whose certificate the named authority signed, also to the address that it tells', async () => {
  expect(await publish({ tls: { ca: cert } })).toEqual({ taken: 1 });
  expect(model.kept.map(({ id }) => id)).toEqual(['e1:1']);
});

it('nothing goes to a broker that nobody vouches for, or that is known by another name', async () => {
  expect(await publish({ tls: {} })).toMatchObject({
    error: { kind: 'unavailable', message: expect.stringContaining('self-signed certificate') },
  });
  model.host = '127.0.0.1';
  expect(await publish({ tls: { ca: cert } })).toMatchObject({
    error: { kind: 'unavailable', message: expect.stringContaining("does not match certificate's altnames") },
  });
  expect(model.kept).toEqual([]);
});
